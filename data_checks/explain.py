"""The keys behind a check: what `podium explain` shows. Ids, dates and counts; no names and no content."""

from __future__ import annotations

from typing import Any

from data_checks.build import Build
from data_checks.check import Check, Judged, Measured, Queried
from data_checks.drift import closed_totals, not_comparable
from data_checks.tables import TABLES


def keys_behind(build: Build, check: Check, limit: int) -> list[dict[str, Any]]:
    """Up to `limit` rows that offend; empty where a check is about no rows. Raises duckdb.Error where its SQL fails."""
    sql = _sql(build, check)
    if sql:
        return build.records(f"select * from ({sql}) limit {limit:d}")
    if isinstance(check, Measured) and check.subject == "closed" and not not_comparable(build):
        return [row for row in closed_totals(build, check.measure) if row["change"]][:limit]
    return []


def _sql(build: Build, check: Check) -> str:
    if isinstance(check, Queried):
        for name in check.prepares:
            build.prepare(name)
        return f"select * exclude (is_offending) from ({check.sql}) where is_offending"
    if isinstance(check, Judged) and check.predicate:
        return f"select {', '.join(TABLES[check.table].keys)} from main.{check.table} where {check.predicate}"
    return check.offending if isinstance(check, Measured) else ""
