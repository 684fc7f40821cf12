"""dbt's word on its tests, as results of the gate."""

from __future__ import annotations

import pytest

from data_checks.build import Build
from data_checks.dbt_tests import dbt_results
from data_checks.verdict import DbtTest


@pytest.mark.parametrize(
    ("status", "severity", "verdict"),
    [
        ("pass", "error", "pass"),
        ("pass", "warn", "pass"),
        ("warn", "warn", "warn"),
        ("fail", "error", "block"),
        # A test that did not run has shown nothing, however mild it is.
        ("error", "warn", "block"),
        ("skipped", "warn", "block"),
    ],
)
def test_a_test_judges_as_it_is_meant(build: Build, status: str, severity: str, verdict: str) -> None:
    test = DbtTest("unique_grain", "sdr_ranking", "", status, 2, severity, "one row per key", "")
    found, executed = dbt_results(build, [test])
    assert (found.check_id, found.stage, found.verdict) == ("dbt.unique_grain", "G4", verdict)
    assert found.rows_examined == 3
    assert bool(found.message) == (verdict != "pass")
    assert executed.verdict == "pass"


def test_no_test_at_all_is_no_pass(build: Build) -> None:
    (executed,) = dbt_results(build, [])
    assert (executed.check_id, executed.verdict) == ("G4.dbt_tests", "block")


def test_a_pass_on_an_empty_model_is_no_evidence_and_not_required(build: Build) -> None:
    build.db.execute("delete from staging.stg_targets")
    test = DbtTest("unique_grain", "stg_targets", "", "pass", 0, "error", "one row per key", "")
    found, _ = dbt_results(build, [test])
    assert (found.is_required, found.rows_examined, found.verdict) == (False, 0, "pass")
    assert found.message == "not required: stg_targets is empty"
