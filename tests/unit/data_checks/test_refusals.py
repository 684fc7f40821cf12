"""Every check of the catalogue passes a good build and stops a spoiled one."""

from __future__ import annotations

import pytest
from gate_spoils import spoil

from data_checks.build import Build
from data_checks.catalogue import catalogue
from data_checks.check import Check
from data_checks.examine import examine
from data_checks.explain import keys_behind

# The build holds a handful of rows; these need more of them before they judge.
NEEDS_MORE_ROWS = ("G3.outlier.", "G5.categories.", "G5.people.")


def test_every_check_passes_a_good_build_on_evidence(build: Build) -> None:
    for result in examine(build, catalogue()):
        assert result.verdict == "pass", result.message
        assert result.is_required == (not result.check_id.startswith(NEEDS_MORE_ROWS)), result.check_id
        assert (result.rows_examined > 0) == result.is_required, result.check_id


@pytest.mark.parametrize("check", catalogue(), ids=lambda check: check.id)
def test_a_spoiled_build_is_stopped(build: Build, check: Check) -> None:
    spoil(build, check)
    (result,) = examine(build, [check])
    assert result.verdict == ("block" if check.severity == "critical" else "warn"), result
    assert result.is_required
    assert result.rows_examined > 0 or check.id.startswith("G4.rows.")
    assert result.message.startswith(f"{check.code} {check.table}"), result.message
    assert result.threshold in result.message
    assert "\n" not in result.message


def test_a_good_build_has_no_keys_to_explain(build: Build) -> None:
    for check in catalogue():
        rows = keys_behind(build, check, 10)
        # One row was set aside, within the limit.
        assert not rows or check.id.startswith("G2.quarantine.leads"), check.id


def test_the_keys_behind_a_check_name_nobody(build: Build) -> None:
    for name in ("crm.leads", "staging.stg_leads", "staging.stg_users", "main.am_ranking", "main.portfolio_bridge"):
        build.db.execute(f"insert into {name} select * from {name}")
    explained = {check.id: keys_behind(build, check, 10) for check in catalogue()}
    assert len(explained["G2.unique.leads"]) == 3
    assert len(explained["G4.grain.portfolio_bridge"]) == 10
    columns = {column for rows in explained.values() for row in rows for column in row}
    assert not columns & {"full_name", "name", "email", "topic", "notes_url", "reject_reason"}
