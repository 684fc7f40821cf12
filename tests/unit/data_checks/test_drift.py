"""What is compared with the last release, and what is said when it cannot be."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from data_checks.build import Build, read_build
from data_checks.catalogue import catalogue
from data_checks.check import Measured
from data_checks.examine import examine, measurements


def verdicts(build: Build, *ids: str) -> list[str]:
    return [result.verdict for result in examine(build, [check for check in catalogue() if check.id in ids])]


def test_without_a_release_everything_compared_is_listed_and_says_so(database: duckdb.DuckDBPyConnection) -> None:
    build = read_build(database, None)
    compared = [c for c in catalogue() if c.stage == "G5" and c.id != "G5.baseline"]
    for result in examine(build, compared):
        assert (result.is_required, result.verdict, result.message) == (
            False,
            "pass",
            "not required: no release to compare with",
        )


@pytest.mark.parametrize(
    ("added", "expected"), [("0.00", ["pass", "pass"]), ("10.00", ["pass", "warn"]), ("10.01", ["block", "warn"])]
)
def test_a_closed_total_warns_to_one_percent_and_holds_above(build: Build, added: str, expected: list[str]) -> None:
    build.db.execute(f"update main.ae_ranking set won_amount = won_amount + {added} where won_amount = 1000")
    assert verdicts(build, "G5.closed.won_amount", "G5.closed.won_amount.warn") == expected


def test_a_period_that_was_open_then_may_move(build: Build) -> None:
    build.db.execute("update main.sdr_ranking set calls = 500 where period_start = '2026-02-01'")
    assert verdicts(build, "G5.closed.calls", "G5.closed.calls.warn") == ["pass", "pass"]
    assert measurements(build, "closed")["calls"].rows == 1


def test_a_closed_period_that_vanished_holds(build: Build) -> None:
    build.db.execute("delete from main.sdr_ranking where period_start = '2026-01-01'")
    assert verdicts(build, "G5.closed.calls") == ["block"]


def test_other_options_make_figures_incomparable_and_warn(build: Build) -> None:
    build.db.execute("update night.baseline set changed_options = 'fiscal_start_month'")
    (closed,) = examine(build, [c for c in catalogue() if c.id == "G5.closed.calls"])
    assert (closed.is_required, closed.verdict) == (False, "pass")
    assert closed.message == "not required: v000001 was made with another fiscal_start_month"
    assert verdicts(build, "G5.baseline") == ["warn"]


def test_a_figure_that_the_last_release_did_not_hold_is_not_compared(build: Build) -> None:
    build.db.execute("update baseline.main.sdr_ranking set calls = null")
    assert measurements(build, "closed")["calls"].missing == "v000001 does not hold it: activities came later"


def test_an_entity_that_vanished_is_judged_though_it_was_never_delivered(build: Build) -> None:
    build.context["has_invoices"] = False
    build.db.execute("delete from staging.stg_invoices")
    assert verdicts(build, "G5.volume.invoices") == ["block"]


def test_small_tables_have_room(build: Build, earlier: dict[str, Any]) -> None:
    rows = earlier["entities"]["leads"]["rows"]
    assert build.baseline is not None
    build.baseline.profile["entities"]["leads"]["rows"] = rows + 5
    assert verdicts(build, "G5.volume.leads", "G5.volume.leads.warn") == ["pass", "warn"]


def test_every_measure_that_a_check_judges_is_measured(build: Build) -> None:
    for check in catalogue():
        if isinstance(check, Measured):
            assert check.measure in measurements(build, check.subject), check.id


@pytest.mark.parametrize(("metric", "expected"), [("calls", ["block", "pass"]), ("won", ["pass", "warn"])])
def test_what_nobody_can_explain_holds_for_event_totals_and_warns_for_the_rest(
    build: Build, metric: str, expected: list[str]
) -> None:
    build.db.execute(f"update metrics.fct_closed_period_changes set cause = 'unexplained', metric = '{metric}'")
    assert verdicts(build, "G5.unexplained.calls", "G5.unexplained") == expected
