"""Months of activities that a night takes over: which they are, and that no row depends on it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import kept_months
from pipelines.intake.receipts import receipts
from pipelines.intake.take import take_deliveries
from pipelines.night import plan
from pipelines.settings import Config, Settings
from pipelines.warehouse import Before, connect, prepare
from tests.recomputation.deliver import deliver
from tests.support.compiled_sql import compiled_project

FIRST = date(2026, 4, 10)
HEADER = "activity_id,user_id,kind,occurred_at,updated_at,is_deleted"
Row = tuple[Any, ...]


def call(number: int, at: str, changed: int = 0, *, kind: str = "call", deleted: bool = False) -> str:
    """A row of an activity: what it says, changed so many days after the first night."""
    return f"c{number},s1,{kind},{at},{FIRST + timedelta(days=changed)}T05:00:00Z,{str(deleted).lower()}"


@dataclass
class Nights:
    """A home and the nights over it, each going on from the months that the one before left."""

    root: Path
    options: dict[str, Any] = field(default_factory=dict)
    left: Path | None = None
    number: int = 0
    doubled: set[Row] = field(default_factory=set)

    @property
    def settings(self) -> Settings:
        config = Config.model_validate({"quiet_seconds": 0, "company_time_zone": "Europe/Berlin", **self.options})
        return Settings(self.root / "home", self.root / "inbox", config)

    def night(self, *rows: str, mode: str = "delta", day: int | None = None) -> tuple[list[Row], list[str]]:
        """Deliver rows and work them out: what stands then, and the months that were taken over."""
        day = self.number if day is None else day
        deliver(self.settings.inbox, str(FIRST + timedelta(days=day)), mode, activities="\n".join([HEADER, *rows]))
        take_deliveries(self.settings)
        return self.again()

    def again(self) -> tuple[list[Row], list[str]]:
        self.number += 1
        every = tuple(receipts(self.settings))
        tonight = plan(self.settings, every)
        before = Before("v000001", tonight.as_of, (), True, frozenset(), {}, self.left) if self.left else None
        left = self.root / f"left-{self.number}"
        with connect(prepare(self.settings, tonight, every, before)) as db:
            db.execute("create schema staging")
            for name in ("stg_context", "stg_activities_tonight"):
                db.execute(f"create table staging.{name} as {compiled_project()[name].anywhere}")
            rows = db.execute(
                f"select * from ({compiled_project()['stg_activities'].anywhere}) order by all"
            ).fetchall()
            kept = [
                str(month) for (month,) in db.execute("select month_start from night.kept_months order by 1").fetchall()
            ]
            self.doubled = set(db.execute("select activity_id from night.doubled_activities").fetchall())
            kept_months.keep(db, left, tonight.as_of, self.settings)
        self.left = left
        return rows, kept


@pytest.fixture
def home(tmp_path: Path) -> Nights:
    """After a night over January to April, a call in each."""
    nights = Nights(tmp_path)
    nights.night(*(call(month, f"2026-{month:02}-05T10:00:00Z") for month in (1, 2, 3, 4)))
    return nights


def test_the_first_night_keeps_nothing(tmp_path: Path) -> None:
    assert Nights(tmp_path).night(call(1, "2026-01-05T10:00:00Z"))[1] == []


def test_only_months_that_a_delivery_speaks_of_are_worked_out(home: Nights) -> None:
    rows, kept = home.night(call(5, "2026-02-06T10:00:00Z", 1))
    assert kept == ["2026-01-01", "2026-03-01"]
    assert [row[0] for row in rows] == ["c1", "c2", "c3", "c4", "c5"]


def test_an_activity_that_moves_is_taken_out_of_its_old_month(home: Nights) -> None:
    rows, kept = home.night(call(1, "2026-03-06T10:00:00Z", 1))
    assert kept == ["2026-02-01"]
    assert [(row[0], row[3].month) for row in rows if row[0] == "c1"] == [("c1", 3)]
    # It has versions in two months: one of them worked out again must not bring the old one back.
    rows, kept = home.night(call(5, "2026-01-07T10:00:00Z", 2))
    assert kept == ["2026-02-01", "2026-03-01"]
    assert [(row[0], row[3].month) for row in rows if row[0] == "c1"] == [("c1", 3)]


def test_a_month_is_the_companys(home: Nights) -> None:
    rows, kept = home.night(call(5, "2026-01-31T23:30:00Z", 1))
    assert kept == ["2026-01-01", "2026-03-01"]
    assert [(row[0], str(row[4])) for row in rows if row[0] == "c5"] == [("c5", "2026-02-01")]


def test_what_lay_after_d_counts_once_its_day_has_come(home: Nights) -> None:
    rows, _ = home.night(call(5, "2026-04-20T10:00:00Z", 1))
    assert "c5" not in [row[0] for row in rows]
    rows, kept = home.night(call(6, "2026-01-02T10:00:00Z", 20), day=20)
    assert "c5" in [row[0] for row in rows]
    assert kept == ["2026-02-01", "2026-03-01"]


def test_rows_that_are_equally_new_are_known_ever_after(home: Nights) -> None:
    home.night(call(1, "2026-01-05T10:00:00Z", 1), call(1, "2026-01-05T10:00:00Z", 1, kind="email"))
    assert home.doubled == {("c1",)}
    home.night(call(2, "2026-02-05T10:00:00Z", 2))
    assert home.doubled == {("c1",)}


def test_a_full_delivery_is_worked_out_whole(home: Nights) -> None:
    rows, kept = home.night(call(1, "2026-01-05T10:00:00Z"), mode="full")
    assert kept == []
    assert [row[0] for row in rows] == ["c1"]


def test_other_options_keep_nothing(home: Nights) -> None:
    home.options["fiscal_start_month"] = 4
    assert home.again()[1] == []


@pytest.mark.parametrize("damage", ["{", "[]", "{}", '{"fingerprint": "x"}', None])
def test_a_state_in_doubt_is_no_state(home: Nights, damage: str | None) -> None:
    assert home.left
    before, kept = home.again()
    assert kept == ["2026-01-01", "2026-02-01", "2026-03-01"]
    state = home.left / kept_months.STATE
    state.unlink() if damage is None else state.write_text(damage)
    assert home.again() == (before, [])


def test_months_that_are_not_as_they_were_written_are_worked_out_again(home: Nights) -> None:
    assert home.left
    before, _ = home.again()
    month = next((home.left / "month_start=2026-01-01").iterdir())
    duckdb.execute(f"copy (from read_parquet('{month}') union all from read_parquet('{month}')) to '{month}.new'")
    Path(f"{month}.new").replace(month)
    assert home.again() == (before, [])


def test_a_month_taken_over_is_not_copied(home: Nights) -> None:
    first = home.left
    home.night(call(5, "2026-02-06T10:00:00Z", 1))
    assert first and home.left
    (then,), (now,) = (list((left / "month_start=2026-01-01").iterdir()) for left in (first, home.left))
    assert then.samefile(now)
    shutil.rmtree(first)
    assert len(home.again()[0]) == 5


def test_a_file_system_without_links_gets_copies(home: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(kept_months.os, "link", refused)
    rows, kept = home.night(call(5, "2026-02-06T10:00:00Z", 1))
    assert kept == ["2026-01-01", "2026-03-01"]
    assert home.again() == (rows, ["2026-01-01", "2026-02-01", "2026-03-01"])


moments = st.sampled_from(
    ["2026-01-31T22:30:00Z", "2026-01-31T23:30:00Z", "2026-02-10T10:00:00Z", "2026-03-29T01:30:00Z"]
)
versions = st.builds(
    call,
    st.integers(1, 6),
    moments | st.sampled_from(["2026-04-11T10:00:00Z", "2026-04-30T22:30:00Z"]),
    st.integers(-9, 0),
    kind=st.sampled_from(["call", "email"]),
    deleted=st.booleans(),
)
deliveries = st.tuples(st.lists(versions, min_size=1, max_size=6), st.sampled_from(["delta"] * 5 + ["full"]))


@settings(max_examples=12, deadline=None)
@given(history=st.lists(deliveries, min_size=2, max_size=5))
def test_any_history_comes_to_the_same_rows_without_what_was_kept(
    history: Sequence[tuple[list[str], str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    nights = Nights(tmp_path_factory.mktemp("history"))
    for number, (rows, mode) in enumerate(history):
        with_months, _ = nights.night(*rows, mode=mode, day=number * 9)
    with_doubled, nights.left = nights.doubled, None
    assert nights.again() == (with_months, [])
    assert nights.doubled == with_doubled
