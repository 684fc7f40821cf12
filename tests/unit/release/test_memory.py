"""What a release remembers for the next night: kept with it, found again, gone with it."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pytest
from release_home import ReleaseHome, march

from pipelines.night import Night
from pipelines.release.memory import recall, remember
from pipelines.settings import Config, Settings


def build_with_records(home: ReleaseHome) -> None:
    """The relations that are remembered, with one record."""
    with duckdb.connect(str(home.settings.work / "warehouse.duckdb")) as db:
        db.execute("create schema intermediate")
        db.execute("create table intermediate.int_counted_records as select 'l1' as thing_id")
        for name in ("int_close_horizons", "int_periods"):
            columns = "'month' as period_type, date '2026-03-01' as period_start"
            more = ", date '2026-04-01' as measured_to" if name == "int_periods" else ", 90 as close_horizon_days"
            db.execute(f"create table intermediate.{name} as select {columns}{more}")
        db.execute("create schema if not exists staging; create schema if not exists night")
        db.execute(
            "create table staging.stg_activities_tonight as select 'talk' as outcome, date '2026-02-03' as occurred_on"
        )
        db.execute("create table night.kept_months (directory varchar)")
        for name in ("moved", "doubled"):
            db.execute(f"create table night.{name}_activities (activity_id varchar)")
        db.execute(
            "create table night.files (source_name varchar, entity varchar, delivered_on date, file_sha varchar, "
            "is_full boolean, version bigint, verdict varchar)"
        )


@pytest.fixture
def remembered(released: ReleaseHome) -> ReleaseHome:
    build_with_records(released)
    night = Night("v000001", None, march(1), datetime(2026, 3, 2), promote=False)
    remember(released.settings, released.settings.work / "warehouse.duckdb", night)
    return released


def test_nothing_is_recalled_before_the_first_release(home: ReleaseHome) -> None:
    assert recall(home.settings, march(9)) is None


def test_a_release_is_recalled_with_its_deliveries_and_what_it_counted(remembered: ReleaseHome) -> None:
    before = recall(remembered.settings, march(9))
    assert before is not None
    assert (before.release_id, before.as_of, before.changed_options) == ("v000001", march(1), ())
    assert {(source, day, entity) for source, day, entity, _ in before.deliveries} == {("crm", march(1), "handoffs")}
    (record,) = duckdb.read_parquet(str(before.files["records_before"])).fetchall()
    assert record == ("l1",)
    assert duckdb.read_parquet(str(before.files["windows_before"])).columns[-1] == "measured_to"
    assert before.months and (before.months / "month_start=2026-02-01").is_dir()


def test_a_release_after_the_as_of_date_is_not_recalled(remembered: ReleaseHome) -> None:
    assert recall(remembered.settings, march(1).replace(month=2)) is None


def test_options_that_were_others_then_are_named(remembered: ReleaseHome) -> None:
    changed = Settings(remembered.settings.home, remembered.settings.inbox, Config(fiscal_start_month=4))
    before = recall(changed, march(9))
    assert before is not None
    assert before.changed_options == ("fiscal_start_month",)


def test_a_release_that_remembers_nothing_is_recalled_without(released: ReleaseHome) -> None:
    before = recall(released.settings, march(9))
    assert before is not None
    assert not before.files.keys() & {"records_before", "windows_before"}


def test_memory_goes_with_its_release(remembered: ReleaseHome) -> None:
    kept = remembered.settings.config.keep_releases
    for day in range(2, kept + 4):
        remembered.deliver(day)
        remembered.publish()
    assert not (remembered.published / "v000001").exists()
    assert not (remembered.settings.memory / "v000001").exists()
