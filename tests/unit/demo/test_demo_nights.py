"""Nights: deltas hold what changed, add up to the whole, know nothing of tomorrow and leave closed months alone."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

from demo_reading import NIGHTS, Made, State, delivered_on, deliveries, end_of, good_rows, key_of

from pipelines.contract import ENTITIES, Type
from pipelines.demo import make_demo

MAY_LIE_AHEAD = {"expected_close_on", "valid_to", "month"}
SETTLE_DAYS = 5


def test_first_delivery_and_deltas_add_up_to_the_whole_history(one_night: Made, many_nights: Made) -> None:
    assert len(deliveries(many_nights.directory)) == NIGHTS
    for entity in ENTITIES:
        assert many_nights.state.rows[entity] == one_night.state.rows[entity], entity


def test_deltas_hold_only_what_is_new_or_changed_that_day(many_nights: Made) -> None:
    first, *later = deliveries(many_nights.directory)
    state = State()
    state.add(first)
    versions = 0
    for folder in later:
        for name, entity in ENTITIES.items():
            for row in good_rows(folder, name):
                before = state.rows[name].get(key_of(name, row))
                assert row != before, f"{folder.name}/{name}"
                versions += before is not None
                if entity.has_updated_at:
                    assert row["updated_at"].date() == delivered_on(folder)
                    assert before is None or before["updated_at"] < row["updated_at"]
        state.add(folder)
    assert versions > 100


def test_no_delivery_knows_the_future(many_nights: Made) -> None:
    for folder in deliveries(many_nights.directory):
        for name, entity in ENTITIES.items():
            dated = [c for c in entity.columns if c.type in (Type.TIMESTAMP, Type.DATE) and c.name not in MAY_LIE_AHEAD]
            for row in good_rows(folder, name):
                for column in dated:
                    value = row[column.name]
                    last = end_of(folder) if column.type is Type.TIMESTAMP else delivered_on(folder)
                    assert value is None or value <= last, f"{folder.name}/{name}.{column.name}"


def test_rows_are_written_after_what_they_tell(many_nights: Made) -> None:
    happened = {
        "leads": ("created_at", "qualified_at"),
        "activities": ("occurred_at",),
        "handoffs": ("sent_at", "decided_at"),
        "opportunities": ("created_at", "closed_at"),
        "accounts": ("created_at",),
    }
    for entity, columns in happened.items():
        for row in many_nights.state.rows[entity].values():
            told = [row[column] for column in columns if row[column] is not None]
            assert told == sorted(told), entity
            assert told[-1] <= row["updated_at"], entity


def test_late_rows_come_within_days_and_deletions_are_few(usual: Made) -> None:
    rows = list(usual.state.rows["activities"].values())
    lags = [row["updated_at"] - row["occurred_at"] for row in rows]
    assert any(lag > timedelta(days=1) for lag in lags)
    assert max(lags) < timedelta(days=SETTLE_DAYS)
    for entity, most in (("activities", 0.002), ("invoices", 0.002), ("leads", 0.005)):
        deleted = sum(row["is_deleted"] for row in usual.state.rows[entity].values())
        assert 0 < deleted <= most * len(usual.state.rows[entity]), entity


def test_volumes_grow_every_week(many_nights: Made) -> None:
    state, counts = State(), []
    for folder in deliveries(many_nights.directory):
        state.add(folder)
        counts.append({entity: len(state.rows[entity]) for entity in ("leads", "activities", "invoices", "accounts")})
    for entity in counts[0]:
        weekly = [count[entity] for count in counts[::7]]
        assert weekly == sorted(set(weekly)), entity


def _month(moment: datetime | date) -> date:
    return date(moment.year, moment.month, 1)


def _closed(month: date, night: date) -> bool:
    following = (month + timedelta(days=32)).replace(day=1)
    return following + timedelta(days=SETTLE_DAYS) <= night


def _event_totals(state: State) -> Counter[tuple[str, date]]:
    """The totals by month on which a night is held when a closed one moves."""
    totals: Counter[tuple[str, date]] = Counter()
    totals.update(
        ("calls", _month(row["occurred_at"]))
        for row in state.live("activities")
        if row["kind"] == "call" and row["is_completed"] is not False
    )
    first: dict[str, datetime] = {}
    for row in state.live("handoffs"):
        first[row["lead_id"]] = min(row["sent_at"], first.get(row["lead_id"], row["sent_at"]))
    totals.update(("leads_sent", _month(sent)) for sent in first.values())
    totals.update(("qualified", _month(row["qualified_at"])) for row in state.live("leads") if row["qualified_at"])
    for row in state.live("opportunities"):
        if row["closed_at"]:
            totals["deals_won" if row["is_won"] else "deals_lost", _month(row["closed_at"])] += 1
    for row in state.live("invoices"):
        totals["invoiced", _month(row["invoiced_on"])] += int(row["amount"] * 100)
    return totals


def test_closed_months_stay_as_they_were(tmp_path: Path) -> None:
    make_demo(tmp_path, people=30, months=4, nights=40)
    state, before, compared = State(), Counter[tuple[str, date]](), 0
    for folder in deliveries(tmp_path):
        state.add(folder)
        totals = _event_totals(state)
        for (name, month), total in before.items():
            if _closed(month, delivered_on(folder)):
                compared += 1
                assert abs(totals[name, month] - total) <= 0.01 * abs(total), f"{folder.name} {name} {month}"
        before = totals
    assert compared > 500


def test_every_night_delivers_something(tmp_path: Path) -> None:
    make_demo(tmp_path, people=12, months=3, activities=1_000, nights=40)
    folders = deliveries(tmp_path)
    assert len(folders) == 40
    assert all(list(folder.glob("*.csv*")) for folder in folders)
    weekend = [folder for folder in folders[1:] if delivered_on(folder).weekday() > 4]
    assert max(len(list(good_rows(folder, "activities"))) for folder in weekend) <= 5
