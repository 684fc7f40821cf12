"""The staged tables, recomputed: the present row of every key as it stood at the end of the as-of date.

Published figures rest on few columns of them; here every column counts. Shares no code with the SQL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import duckdb

from pipelines.settings import Config
from tests.recomputation.load import Deliveries, Version, md5_of
from tests.recomputation.periods import company_date

Row = dict[str, Any]

# The moment that makes a row, by entity; what was made after the as-of date is not there yet.
BEGINS = {
    "leads": "created_at",
    "activities": "occurred_at",
    "handoffs": "sent_at",
    "opportunities": "created_at",
    "accounts": "created_at",
    "invoices": "invoiced_on",
    "coaching_sessions": "held_on",
}
# What a later moment says, by entity: taken back with the moment itself.
LATER = {
    "leads": ("qualified_at", ("qualified_at",)),
    "handoffs": ("decided_at", ("decision", "decided_at", "reject_reason", "accept_reason")),
    "opportunities": ("closed_at", ("closed_at", "loss_reason")),
}
ADDED_DAYS = ("created_at", "qualified_at", "occurred_at", "sent_at", "decided_at", "closed_at", "changed_at")
EMPTY_MEANS = {
    **dict.fromkeys(("budget_confirmed", "authority_confirmed", "need_confirmed", "timing_confirmed"), False),
    "is_completed": True,
}


def staged(delivered: Deliveries, config: Config) -> dict[str, list[Row]]:
    """Rows by the name of their staged table."""
    tables = {f"stg_{entity}": _rows(entity, delivered, config) for entity in delivered.versions}
    tables["stg_account_merges"] = [
        {"account_id": account.account_id, "merged_into_id": account.merged_into_id}
        for account in delivered.latest_with_deleted("accounts")
        if account.merged_into_id not in (None, account.account_id)
    ]
    tables["stg_opportunity_versions"] = _opportunity_versions(delivered)
    return tables


def staged_differences(db: duckdb.DuckDBPyConnection, expected: dict[str, list[Row]]) -> list[str]:
    """`table: how many rows too many or too few`, for every table that differs."""
    found = []
    for table, rows in expected.items():
        cursor = db.execute(f"from staging.{table}")
        names = [column[0] for column in cursor.description]
        published = Counter(cursor.fetchall())
        recomputed = Counter(tuple(row[name] for name in names) for row in rows)
        if published != recomputed:
            more, fewer = published - recomputed, recomputed - published
            found.append(
                f"{table}: {more.total()} rows too many, {fewer.total()} too few, such as {[*more, *fewer][0]}"
            )
    return found


def _rows(entity: str, delivered: Deliveries, config: Config) -> list[Row]:
    day_of = _day_of(config.company_time_zone)
    rows = []
    for version in delivered.latest(entity):
        begins = getattr(version, BEGINS[entity]) if entity in BEGINS else None
        if begins is None or day_of(begins) <= delivered.as_of:
            rows.append(_row(entity, version, delivered.as_of, day_of))
    return rows


def _row(entity: str, version: SimpleNamespace, as_of: date, day_of: Callable[[date], date]) -> Row:
    row = {name: EMPTY_MEANS.get(name) if value is None else value for name, value in vars(version).items()}
    moment, said = LATER.get(entity, ("", ()))
    if moment and row[moment] is not None and day_of(row[moment]) > as_of:
        row |= dict.fromkeys(said)
        if entity == "opportunities":
            row |= {"is_closed": False, "is_won": False}
    days = {name: row[name] for name in ADDED_DAYS if name in row}
    return row | {f"{name[:-3]}_on": day_of(value) if value else None for name, value in days.items()}


def _day_of(time_zone: str) -> Callable[[date], date]:
    """The company day of a moment; a day is one already."""
    return lambda when: company_date(when, time_zone) if hasattr(when, "hour") else when


def _opportunity_versions(delivered: Deliveries) -> list[Row]:
    """Every version that is no deletion and differs in what matters to owners and stages, numbered from the oldest."""
    rows = []
    for versions in delivered.versions["opportunities"].values():
        alive = {_told(version) for version in versions if not version.is_deleted}
        ordered = sorted(alive, key=lambda told: (*told[:3], md5_of(*told[-3:])))
        for number, (updated_at, _, _, key, *values) in enumerate(ordered, start=1):
            row = dict(zip(("owner_id", "stage", "is_closed"), values, strict=True))
            rows.append(row | {"opportunity_id": key, "updated_at": updated_at, "version_number": number})
    return rows


def _told(version: Version) -> tuple[Any, ...]:
    row = version.row
    when = (row.updated_at, version.delivered_on, version.manifest_version)
    return (*when, row.opportunity_id, row.owner_id, row.stage, row.is_closed)
