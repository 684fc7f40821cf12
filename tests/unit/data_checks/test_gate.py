"""The decision on a build as a file: what holds it, what only warns, and which keys are behind it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from gate_build import EARLIER, attach_baseline, make_build
from gate_rows import CRM

from data_checks import gate
from data_checks.baseline import Baseline
from data_checks.catalogue import catalogue
from data_checks.gate import Audit, audit, offending
from data_checks.verdict import CheckResult, DbtTest
from pipelines.errors import UsageError

TEST = DbtTest("unique_grain_stg_leads", "stg_leads", "lead_id", "pass", 0, "error", "one row per lead", "")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gate") / "warehouse.duckdb"
    make_build(path)
    return path


@pytest.fixture(scope="module")
def first(good: Path) -> Audit:
    """The audit of a first night."""
    return audit(good, [TEST], None)


@pytest.fixture
def warehouse(good: Path, tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(good.read_bytes())
    return path


def spoil(path: Path, statement: str) -> None:
    with duckdb.connect(str(path)) as db:
        db.execute(statement)


def result(audited: Audit, check_id: str) -> CheckResult:
    return next(result for result in audited.results if result.check_id == check_id)


def test_a_first_night_passes_and_says_that_nothing_was_compared(first: Audit) -> None:
    assert not first.held
    assert [r.check_id for r in first.results if r.verdict == "warn"] == ["G5.baseline"]
    compared = [r for r in first.results if r.check_id.startswith(("G5.volume.", "G5.closed.", "G5.orphans."))]
    assert compared
    assert all(not r.is_required and "no release to compare with" in r.message for r in compared)


def test_every_check_has_one_result_and_its_ids_are_stable(first: Audit) -> None:
    ids = [r.check_id for r in first.results]
    assert len(ids) == len(set(ids))
    assert {check.id for check in catalogue()} < set(ids)
    assert {r.stage for r in first.results} == {"G2", "G3", "G4", "G5"}
    assert all(re.fullmatch(r"(G[2-5]|dbt)\.[a-z0-9_.]+", check_id) for check_id in ids)


def test_the_same_release_again_passes_without_a_warning(warehouse: Path, first: Audit) -> None:
    database = warehouse.parent / "podium.duckdb"
    with duckdb.connect(str(warehouse)) as db:
        attach_baseline(db, str(database))
    again = audit(warehouse, [TEST], Baseline("v000001", EARLIER, database, first.profile))
    assert not again.held
    assert [r.message for r in again.results if r.verdict != "pass"] == []
    assert result(again, "G5.closed.leads_sent").rows_examined == 1


def test_a_spoiled_build_is_held_by_the_check_that_saw_it(warehouse: Path) -> None:
    spoil(warehouse, "update main.sdr_ranking set leads_sent = leads_sent + 1 where rowid = 0")
    audited = audit(warehouse, [TEST], None)
    assert audited.held
    stopped = result(audited, "G4.conserve.sdr_ranking.leads_sent")
    assert stopped.verdict == "block"
    assert stopped.rows_examined == 2
    assert (stopped.observed_value, stopped.threshold_value) == (1.0, 0.0)
    assert stopped.message.startswith("E-CONSERVE sdr_ranking.leads_sent: ")
    assert "on 2 rows, observed 1 rows (+100.0 % in the month of 2026-01-01), threshold 0 rows" in stopped.message


def test_a_missing_table_fails_its_checks_and_no_others(warehouse: Path) -> None:
    spoil(warehouse, "drop table main.am_ranking")
    audited = audit(warehouse, [TEST], None)
    failed = [r for r in audited.results if r.verdict == "block"]
    assert {r.table_name for r in failed} == {"am_ranking"}
    assert all(r.message.startswith("E-CHECK-ERROR") for r in failed)


def test_a_check_that_was_not_executed_holds_the_night(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = gate.examine
    monkeypatch.setattr(gate, "examine", lambda build, checks: run(build, checks[1:]))
    audited = audit(warehouse, [TEST], None)
    missing = [r for r in audited.results if r.verdict == "block"]
    assert len(missing) == len({check.stage for check in catalogue()})
    assert all("could not be executed" in r.message for r in missing)


def test_an_emptied_input_is_no_pass(warehouse: Path) -> None:
    spoil(warehouse, "delete from staging.stg_handoffs")
    audited = audit(warehouse, [TEST], None)
    assert result(audited, "G3.required.handoffs").verdict == "block"
    assert result(audited, "G3.required.handoffs").message.startswith("E-NO-EVIDENCE")
    assert result(audited, "G4.conserve.sdr_ranking.leads_sent").verdict == "block"


def test_an_entity_that_was_never_delivered_is_not_required_and_says_so(warehouse: Path) -> None:
    spoil(warehouse, "update night.context set has_invoices = false")
    audited = audit(warehouse, [TEST], None)
    for check_id in ("G3.required.invoices", "G4.bridge.rows", "G4.rows.am_ranking"):
        found = result(audited, check_id)
        assert (found.is_required, found.verdict, found.rows_examined) == (False, "pass", 0)
        assert "invoices" in found.message


def test_the_profile_is_json_and_holds_no_content(first: Audit) -> None:
    text = json.dumps(first.profile)
    assert first.profile["entities"]["leads"]["rows"] == len(CRM["leads"])
    for content in ("web", "fair", "S1", "no budget"):
        assert content not in text


def test_a_failed_dbt_test_holds_the_night(good: Path) -> None:
    audited = audit(good, [replace(TEST, status="fail", failures=3)], None)
    assert audited.held
    message = "E-DBT-TEST stg_leads.lead_id: unique_grain_stg_leads, on 3 rows, observed 3 rows, threshold 0 rows"
    assert result(audited, "dbt.unique_grain_stg_leads").message == message


def test_offending_names_the_keys(warehouse: Path) -> None:
    spoil(warehouse, "update main.sdr_ranking set acceptance_rate = 2 where sdr_id = 's1'")
    rows = offending(warehouse, "G4.range.sdr_ranking.acceptance_rate", None)
    assert [(row["sdr_id"], str(row["period_start"])) for row in rows] == [("s1", "2026-01-01"), ("s1", "2026-02-01")]
    assert set(rows[0]) == {"period_type", "period_start", "sdr_id"}
    assert len(offending(warehouse, "G4.range.sdr_ranking.acceptance_rate", None, limit=1)) == 1


def test_an_unknown_check_is_a_usage_error(good: Path) -> None:
    with pytest.raises(UsageError, match=r"E-CHECK G4.grain.sdr: no such check, similar: G4\.grain\.sdr_ranking"):
        offending(good, "G4.grain.sdr", None)


def test_what_is_about_no_rows_has_no_keys(good: Path) -> None:
    for check_id in ("dbt.unique_grain_stg_leads", "G4.dbt_tests", "G5.gate", "G5.overrides"):
        assert offending(good, check_id, None) == []
