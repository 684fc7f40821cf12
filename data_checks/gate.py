"""The gate's decision on a build: all checks of the catalogue and the dbt tests of this build, each with its evidence.

Publishing a build or putting it aside is the release stage's work.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import duckdb

from data_checks.baseline import Baseline
from data_checks.build import Build, open_build
from data_checks.catalogue import catalogue
from data_checks.check import Check
from data_checks.dbt_tests import DBT_TESTS, dbt_results
from data_checks.examine import examine
from data_checks.explain import keys_behind
from data_checks.profile import profile
from data_checks.results import crashed
from data_checks.terms import GATE_CHECK, RATE_CHECK, CertifiedTerms, Terms, fingerprint, gate_result, terms_of
from data_checks.verdict import CheckResult, DbtTest, Decision
from pipelines.crash import crash_point
from pipelines.errors import UsageError

log = logging.getLogger("podium.gate")


@dataclass(frozen=True)
class Audit:
    """All results of a build, its profile and the terms of the gate for the next night to compare with.

    `content_sha256` is what people's decisions are bound to, empty for a build without all of its tables; `decisions`
    are those that were applied to the results. Both come from the release stage.
    """

    results: tuple[CheckResult, ...]
    profile: dict[str, Any]
    terms: tuple[Terms, ...]
    content_sha256: str = ""
    decisions: tuple[Decision, ...] = ()

    @property
    def held(self) -> bool:
        """Whether the build may not be published."""
        return any(result.verdict == "block" for result in self.results)

    @property
    def checks_sha256(self) -> str:
        """The fingerprint of the checks, which changes when one is removed, softened or widened."""
        return fingerprint(self.terms)

    @property
    def acknowledged(self) -> frozenset[str]:
        """Ids of the checks whose declared change somebody acknowledged for this build."""
        return frozenset(decision.check_id for decision in self.decisions if decision.kind == "ack")


def audit(
    warehouse: Path,
    dbt_tests: Sequence[DbtTest],
    baseline: Baseline | None,
    certified: CertifiedTerms | None = None,
    memory_limit_mb: int | None = None,
) -> Audit:
    """Judge the build in `warehouse` against itself, its inputs and the last release, and the gate itself against the
    terms that the last release was certified by.

    Never raises for what the data holds: a check that cannot be executed is a failed check. Raises duckdb.Error where
    the warehouse or the baseline's database cannot be opened.
    """
    crash_point("S6", 1)
    checks = catalogue()
    terms = terms_of(checks, dbt_tests)
    with open_build(warehouse, baseline, memory_limit_mb) as build:
        results = _in_stages(build, checks)
        results += dbt_results(build, dbt_tests)
        measured = _profile(build)
    results += [*_not_executed(checks, results), gate_result(certified, terms)]
    count = {verdict: sum(1 for result in results if result.verdict == verdict) for verdict in ("block", "warn")}
    required = sum(1 for result in results if result.is_required)
    log.info("gate: %d checks, %d required, %d block, %d warn", len(results), required, count["block"], count["warn"])
    crash_point("S6", 2)
    return Audit(tuple(results), measured, terms)


def _in_stages(build: Build, checks: Sequence[Check]) -> list[CheckResult]:
    results: list[CheckResult] = []
    for stage in sorted({check.stage for check in checks}):
        found = examine(build, [check for check in checks if check.stage == stage])
        required = [result for result in found if result.is_required]
        rows = sum(result.rows_examined for result in required)
        log.info("%s: %d of %d checks on %s rows", stage, len(required), len(found), f"{rows:,}")
        results += found
    return results


def _profile(build: Build) -> dict[str, Any]:
    """The profile, empty where it cannot be measured: the checks that rest on it have failed then."""
    try:
        return profile(build)
    except Exception:
        log.debug("the profile could not be measured", exc_info=True)
        return {}


def _not_executed(checks: Sequence[Check], results: Sequence[CheckResult]) -> list[CheckResult]:
    """A failed result for every check of the catalogue that has none: what did not run holds the night."""
    executed = {result.check_id for result in results}
    return [crashed(check, LookupError()) for check in checks if check.id not in executed]


def offending(
    warehouse: Path,
    check_id: str,
    baseline: Baseline | None,
    limit: int = 1000,
    memory_limit_mb: int | None = None,
) -> list[dict[str, Any]]:
    """The keys behind a check of a held build: ids and dates, no names and no content.

    Empty where a check is about no rows, for dbt's tests and for what is about the gate itself. Raises UsageError for
    an id that no check has.
    """
    if check_id.startswith("dbt.") or check_id in (DBT_TESTS, GATE_CHECK, RATE_CHECK):
        return []
    check = next((check for check in catalogue() if check.id == check_id), None)
    if check is None:
        raise UsageError("E-CHECK", check_id, "no such check", do=_suggestion(check_id))
    with open_build(warehouse, baseline, memory_limit_mb) as build:
        try:
            return keys_behind(build, check, limit)
        except duckdb.Error as error:
            why = f"its query fails on this build ({type(error).__name__})"
            raise UsageError("E-CHECK", check_id, why, do="see which models are missing in it") from error


def _suggestion(check_id: str) -> str:
    near = get_close_matches(check_id, [check.id for check in catalogue()], n=3)
    return f"similar: {', '.join(near)}" if near else "all ids are in the table check_results"
