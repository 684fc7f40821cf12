"""The gate's verdict, shown as one blocking check on each published table.

The verdict itself is data_checks.gate's, and publishing rests on the certificate; these checks only show it. Rules
belong in data_checks/, what a held build leaves behind in release/.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from data_checks.verdict import CheckResult
from pipelines.assets.tonight import Tonight
from pipelines.assets.verdict import judge, refuse

NAME = "gate"
# Results that are about no single published table show on the table that lists all of them.
CATCH_ALL = "check_results"


def gate_checks(manifest: Mapping[str, Any], tables: Sequence[str]) -> dg.AssetChecksDefinition:
    """The blocking check `gate` on every table of `tables` (schema main)."""

    @dg.multi_asset_check(
        name=NAME,
        can_subset=True,
        specs=[
            dg.AssetCheckSpec(
                NAME,
                asset=dg.AssetKey(["main", table]),
                blocking=True,
                description=f"No required check on {table} blocks; see check_results for each of them.",
            )
            for table in tables
        ],
    )
    def gate(
        context: dg.AssetCheckExecutionContext, tonight: dg.ResourceParam[Tonight]
    ) -> Iterator[dg.AssetCheckResult]:
        with tonight.stage():
            audit = judge(tonight, manifest)
        for table in (key.asset_key.path[-1] for key in context.selected_asset_check_keys):
            yield mirrored(table, [r for r in audit.results if shown_on(r, tables) == table])
        if audit.held:
            with tonight.stage():
                raise refuse(tonight)

    return gate


def shown_on(result: CheckResult, tables: Sequence[str]) -> str:
    return result.table_name if result.table_name in tables else CATCH_ALL


def mirrored(table: str, results: Sequence[CheckResult]) -> dg.AssetCheckResult:
    """The results about one table as Dagster's: it passes when nothing blocks, and says what warns."""
    blocking = [r for r in results if r.verdict == "block"]
    warning = [r for r in results if r.verdict in ("warn", "block_overridden")]
    return dg.AssetCheckResult(
        asset_key=dg.AssetKey(["main", table]),
        check_name=NAME,
        passed=not blocking,
        severity=dg.AssetCheckSeverity.ERROR,
        description="; ".join(f"{r.check_id}: {r.message}" for r in (*blocking, *warning)[:5]) or None,
        metadata={
            "checks": len(results),
            "rows_examined": sum(r.rows_examined for r in results),
            "blocking": [r.check_id for r in blocking],
            "warnings": [r.check_id for r in warning],
        },
    )
