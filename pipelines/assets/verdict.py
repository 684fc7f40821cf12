"""Asks the gate for its verdict on tonight's build, applies people's decisions, and puts a refused build aside.

Rules are data_checks', what a held build leaves behind is release/'s; Dagster's view of the verdict is gate.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data_checks.gate import Audit, audit
from data_checks.verdict import DbtTest
from pipelines.assets.tonight import Tonight
from pipelines.errors import HeldByGate
from pipelines.release.decisions import decided
from pipelines.release.publish import hold
from pipelines.release.releases import newest_certified, newest_terms
from pipelines.release.tables import describe
from pipelines.transform import BuildResult


def judge(tonight: Tonight, manifest: Mapping[str, Any]) -> Audit:
    """The audit of tonight's build, with what people decided about this content."""
    settings, night, warehouse = tonight.settings, tonight.landed.night, tonight.landed.warehouse
    content = describe(warehouse, night, settings, dict(manifest))
    baseline = newest_certified(settings, night.as_of)
    tests, limit = dbt_tests(tonight.build, manifest), settings.config.memory_limit_mb
    found = audit(warehouse, tests, baseline, newest_terms(settings), limit)
    tonight.audit = decided(settings, found, content, night.as_of)
    return tonight.audit


def refuse(tonight: Tonight) -> HeldByGate:
    """Put the held build aside for `podium explain`; returns the error to stop the night with."""
    night = tonight.landed.night
    hold(tonight.settings, night, tonight.landed.warehouse, tonight.audit)
    blocking = [result for result in tonight.audit.results if result.verdict == "block"]
    first = blocking[0]
    return HeldByGate(
        "E-HELD",
        night.release_id,
        f"{len(blocking)} of {len(tonight.audit.results)} checks hold this build, first {first.check_id}",
        expected=first.threshold,
        found=f"{first.observed} on {first.rows_examined:,} rows",
        do=f"the last release stands, look closer with `podium explain {first.check_id}`",
    )


def dbt_tests(build: BuildResult, manifest: Mapping[str, Any]) -> list[DbtTest]:
    """The tests of a build as the gate reads them."""
    tests = []
    for result in build.nodes:
        node = manifest["nodes"].get(result.unique_id)
        if node is None or node["resource_type"] != "test":
            continue
        attached = manifest["nodes"].get(node.get("attached_node") or "", {})
        tests.append(
            DbtTest(
                name=node["name"],
                model=attached.get("name") or _only_model(node, manifest),
                column=node.get("column_name") or "",
                status=result.status,
                failures=result.failures,
                severity=node["config"]["severity"].lower(),
                description=node.get("description") or node["name"],
                message=result.message or "",
            )
        )
    return tests


def _only_model(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    """A singular test that reads one model is about that model."""
    parents = [parent for parent in node["depends_on"]["nodes"] if parent in manifest["nodes"]]
    return str(manifest["nodes"][parents[0]]["name"]) if len(parents) == 1 else ""
