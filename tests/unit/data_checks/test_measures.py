"""How single numbers are measured: shares with their allowance, working hours, the stability index, limits in words."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from data_checks.build import Build
from data_checks.catalogue import catalogue
from data_checks.check import Measured, show
from data_checks.drift import PSI_LEAST_ROWS, stability_index
from data_checks.examine import measurements
from data_checks.measures import Measurement, business_hours, share, worst
from data_checks.profile import TOP_CATEGORIES


def test_a_few_rows_are_no_share_but_more_are() -> None:
    assert share(5, 50, "none").value == 0
    assert share(6, 50, "none").value == 0.12
    assert share(2, 50, "none", allowance=1).value == 0.04
    assert share(0, 0, "no rows") == Measurement(None, missing="no rows")


def test_the_worst_part_is_named_and_rows_are_those_of_all() -> None:
    found = worst([("a", Measurement(0.1, 3)), ("b", Measurement(-0.4, 5)), ("c", Measurement(None))], "none")
    assert found == Measurement(-0.4, 8, note="b")
    assert worst([], "none").missing == "none"


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        # 2026-09-18 is a Friday; the summer of Berlin is two hours before UTC.
        (datetime(2026, 9, 18, 16), datetime(2026, 9, 21, 8), 6 + 10),
        (datetime(2026, 9, 14, 0), datetime(2026, 9, 16, 2), 50),
        (datetime(2026, 9, 16, 2), datetime(2026, 9, 14, 0), 0),
        # The hour that the night to Sunday 2026-10-25 holds twice is no working hour.
        (datetime(2026, 10, 23, 21), datetime(2026, 10, 25, 23), 1),
    ],
)
def test_hours_of_weekends_do_not_count(start: datetime, end: datetime, hours: float) -> None:
    assert business_hours(start, end, ZoneInfo("Europe/Berlin")) == pytest.approx(hours)


def test_hours_of_holidays_do_not_count() -> None:
    easter = {date(2026, 4, 3), date(2026, 4, 6)}
    hours = business_hours(datetime(2026, 4, 2, 16), datetime(2026, 4, 7, 8), ZoneInfo("Europe/Berlin"), easter)
    assert hours == pytest.approx(6 + 10)


def test_the_index_of_equal_shares_is_zero_and_a_swap_is_large() -> None:
    assert stability_index({"a": 0.5, "b": 0.5}, {"b": 0.5, "a": 0.5}, 0.001) == 0
    assert stability_index({"a": 0.9, "b": 0.1}, {"a": 0.1, "b": 0.9}, 0.001) == pytest.approx(1.6 * 2.1972, abs=1e-3)
    assert stability_index({"a": 1.0}, {"b": 1.0}, 0.001) > 10


def test_chance_alone_does_not_reach_the_warning() -> None:
    """Two samples of the least size from the same twelve categories stay below 0.1."""
    draw = random.Random(3)
    categories = range(TOP_CATEGORIES)

    def sample() -> dict[str, float]:
        counts = Counter(draw.choices(categories, k=PSI_LEAST_ROWS))
        return {str(name): count / PSI_LEAST_ROWS for name, count in counts.items()}

    indexes = [stability_index(sample(), sample(), 0.5 / PSI_LEAST_ROWS) for _ in range(500)]
    assert max(indexes) < 0.25
    assert sum(index > 0.1 for index in indexes) <= 5


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.0071428, "share", "0.71 %"),
        (-0.3, "share", "-30 %"),
        (0.00001, "share", "under 0.01 % in size"),
        (12345, "rows", "12,345 rows"),
        (50, "hours", "50.0 h"),
        (None, "share", ""),
    ],
)
def test_numbers_in_words(value: float | None, unit: str, words: str) -> None:
    assert show(value, unit) == words  # type: ignore[arg-type]


def test_the_threshold_is_the_limit_on_the_side_of_the_value() -> None:
    volume = next(c for c in catalogue() if c.id == "G5.volume.leads")
    assert isinstance(volume, Measured)
    assert volume.threshold == "-30 % to 100 %"
    assert (volume.limit(-0.5), volume.limit(1.5)) == (-0.30, 1.0)


def test_a_source_that_delivered_once_is_history_and_not_stale(build: Build) -> None:
    build.db.execute(
        "insert into night.files select * replace ('old' as source_name, date '2025-01-01' as delivered_on) "
        "from night.files where entity = 'leads' and verdict = 'loaded' limit 1"
    )
    build.db.execute(
        "insert into crm.leads select * replace ('old' as _source, timestamp '2025-01-01' as updated_at) "
        "from crm.leads limit 1"
    )
    assert measurements(build, "night")["hours_stale"].value == 4
    build.db.execute(
        "insert into night.files select * replace (date '2025-01-02' as delivered_on) "
        "from night.files where source_name = 'old'"
    )
    build.measured.clear()
    stale = measurements(build, "night")["hours_stale"]
    assert stale.value is not None
    assert stale.value > 24 * 365
    assert stale.note == "source old"


def test_a_source_of_people_alone_is_as_new_as_its_delivery(build: Build) -> None:
    """Nobody joins for weeks. A source that tells of leads as well has to tell of changed ones."""
    (as_of,) = build.one("select as_of from night.context")
    _tell(build, "users", as_of)
    _tell(build, "users", as_of - timedelta(days=1))
    build.db.execute(
        "insert into crm.users select * replace ('office' as _source, timestamp '2025-01-01' as updated_at) "
        "from crm.users limit 1"
    )
    assert measurements(build, "night")["hours_stale"].note == "source office"
    assert measurements(build, "night")["hours_stale"].value == 24
    build.db.execute("update night.files set delivered_on = delivered_on - 9 where source_name = 'office'")
    build.measured.clear()
    assert measurements(build, "night")["hours_stale"].value == 24 * 10
    _tell(build, "leads", as_of)
    build.measured.clear()
    stale = measurements(build, "night")["hours_stale"].value
    assert stale is not None
    assert stale > 24 * 365


def _tell(build: Build, entity: str, day: date) -> None:
    """A file of the source `office`."""
    build.db.execute(
        f"insert into night.files select * replace ('office' as source_name, '{entity}' as entity, "
        f"date '{day}' as delivered_on) from night.files where verdict = 'loaded' limit 1"
    )


def test_a_date_that_was_corrected_since_is_outside_no_more(build: Build) -> None:
    """The wrong rows stay in the raw layer for ever, and so would the hold."""

    def deliver(created: str, day: str) -> Measurement:
        build.db.execute(
            f"insert into crm.leads select one.* replace ('L' || range as lead_id, {created} as created_at, "
            f"date '{day}' as _delivered_on) from (select * from crm.leads limit 1) as one, range(9)"
        )
        build.measured.clear()
        return measurements(build, "leads")["dates_outside"]

    assert deliver("created_at + interval 1 year", "2026-02-11").note.startswith("9 of ")
    for _ in range(3):
        build.db.execute("insert into crm.leads from crm.leads where lead_id not like 'L%'")
    build.measured.clear()
    assert measurements(build, "leads")["dates_outside"].note.startswith("9 of "), "others told again hide nothing"
    assert deliver("created_at - interval 1 year", "2026-02-12").value == 0


def test_a_parent_that_was_delivered_and_deleted_leaves_no_orphans(build: Build) -> None:
    build.db.execute("delete from staging.stg_leads")
    assert measurements(build, "handoffs")["orphans_lead_id"].note == ""
    build.db.execute("delete from crm.leads")
    build.measured.clear()
    assert measurements(build, "handoffs")["orphans_lead_id"].note == "3 of 3 rows"


def test_a_first_full_delivery_deletes_nothing(build: Build) -> None:
    build.db.execute("delete from crm.leads where _delivered_on < '2026-02-10'")
    assert measurements(build, "leads")["deleted"].missing == "nothing stood before the only full delivery"
    build.db.execute("update night.files set is_full = false")
    build.measured.clear()
    assert "delta" in measurements(build, "leads")["deleted"].missing


def test_an_activity_that_is_kept_and_worked_out_too_stands_twice(build: Build) -> None:
    assert measurements(build, "activities")["duplicate_keys"].value == 0
    build.measured.clear()
    for relation in ("staging.stg_activities", "staging.stg_activities_tonight"):
        build.db.execute(f"insert into {relation} select * from night.kept_activities")
    assert measurements(build, "activities")["duplicate_keys"].value == 1
