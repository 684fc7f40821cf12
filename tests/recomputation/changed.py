"""Which records the deliveries since an earlier night changed, and what they speak of, recomputed from the versions.

`new`: no earlier delivery had the key. `changed`: a row says what none said before, or the key is back. `deleted`: a
row says so, or the newest full delivery no longer has the key. Shares no code with the SQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any

from tests.recomputation.load import Deliveries, Key, Version
from tests.recomputation.periods import company_date

Row = dict[str, Any]
Fulls = Mapping[str, list[date]]  # source → days of its full deliveries
# What a record is about besides, by entity: thing and column.
ABOUT = {
    "assignments": [("users", "user_id")],
    "leads": [("leads", "lead_id")],
    "handoffs": [("handoffs", "handoff_id"), ("leads", "lead_id"), ("opportunities", "opportunity_id")],
    "opportunities": [("opportunities", "opportunity_id"), ("leads", "lead_id"), ("accounts", "account_id")],
    "opportunity_history": [("opportunities", "opportunity_id")],
    "accounts": [("accounts", "account_id"), ("accounts", "merged_into_id")],
    "account_owners": [("accounts", "account_id")],
    "invoices": [("accounts", "account_id")],
    "coaching_sessions": [("coaching_sessions", "session_id")],
    "fx_rates": [("currencies", "currency")],
}


def changed_records(delivered: Deliveries, before: date, fulls: Fulls, time_zone: str) -> list[Row]:
    """One row per changed record and thing; `before` is the as-of date of the earlier night."""
    rows = []
    for entity in (*ABOUT, "activities"):
        for key, versions in delivered.versions[entity].items():
            change = _change(versions, before, fulls)
            if change:
                rows += _told(entity, key, change, versions, time_zone)
    return rows


def _change(versions: list[Version], before: date, fulls: Fulls) -> str:
    known = [version for version in versions if version.delivered_on <= before]
    said = [_content(version) for version in known]
    told = [v for v in versions if v.delivered_on > before and _content(v) not in said]
    if told:
        return "deleted" if any(version.is_deleted for version in told) else "changed" if known else "new"
    for source in sorted({version.source_name for version in versions}):
        days = sorted(fulls.get(source, []))
        if not days or days[-1] <= before:
            continue
        held_by = max((day for day in days if day <= before), default=date.min)
        was_there = any(v.source_name == source and v.delivered_on >= held_by for v in known)
        is_there = any(v.source_name == source and v.delivered_on >= days[-1] for v in versions)
        if was_there != is_there:
            return "changed" if is_there else "deleted"
    return ""


def _content(version: Version) -> tuple[Any, ...]:
    return (version.is_deleted, *vars(version.row).values())


def _told(entity: str, key: Key, change: str, versions: list[Version], time_zone: str) -> Iterator[Row]:
    """Everything that any version of the record spoke of, once each."""
    is_merge = entity == "accounts" and any(version.row.merged_into_id for version in versions)
    for thing, thing_id in {about for version in versions for about in _about(entity, version.row, time_zone)}:
        if thing_id is not None:
            record = {"entity": entity, "record_id": "|".join(map(str, key)), "change": change, "is_merge": is_merge}
            yield record | {"thing": thing, "thing_id": thing_id}


def _about(entity: str, row: SimpleNamespace, time_zone: str) -> list[tuple[str, Any]]:
    if entity != "activities":
        return [(thing, getattr(row, column)) for thing, column in ABOUT[entity]]
    month = company_date(row.occurred_at, time_zone).replace(day=1)
    return [("activities", f"{row.user_id}|{month}|{row.lead_id or '(none)'}")]
