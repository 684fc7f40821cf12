"""What readers are told, and what a query cannot do."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from release_home import BLOCKED, ReleaseHome, build_warehouse, march, receipt

from pipelines.errors import PodiumError, UsageError
from pipelines.intake import receipts as intake_receipts
from pipelines.intake.receipts import reading
from pipelines.night import plan
from pipelines.release.publish import hold
from pipelines.release.readers import list_releases, query, status, write_answer

ESCAPES = [
    "attach ':memory:' as other",
    "attach '{secret}' as other (read_only)",
    "copy sdr_ranking to '{directory}/stolen.csv'",
    "copy (select 1) to '{directory}/stolen.parquet'",
    "export database '{directory}/stolen'",
    "select * from read_csv('{secret}')",
    "select * from read_text('{secret}')",
    "select * from read_blob('{secret}')",
    "select * from read_parquet('{secret}')",
    "select * from '{secret}'",
    "select * from glob('{directory}/*')",
    "select * from query('select * from read_text(''{secret}'')')",
    "select * from read_csv('https://example.org/x.csv')",
    "install httpfs",
    "load httpfs",
    "set enable_external_access = true",
    "set threads = 1",
    "reset memory_limit",
    "pragma threads = 4",
    "pragma enable_profiling",
    "select 1; select 2",
    "select 1; attach '{secret}' as other",
    "create temp table t as select 1",
    "create table t as select 1",
    "insert into sdr_ranking select * from sdr_ranking",
    "update sdr_ranking set leads_sent = 0",
    "delete from sdr_ranking",
    "drop table sdr_ranking",
    "explain analyze copy sdr_ranking to '{directory}/stolen.csv'",
    "call pragma_version()",
    "checkpoint",
    "use memory",
    "prepare p as select 1",
    "select * from frame_of_the_caller",
    "",
    "nonsense",
    "select * from no_such_table",
    "select 'x'::int",
]


@pytest.mark.parametrize("escape", ESCAPES)
def test_a_query_cannot_leave_the_release(released: ReleaseHome, tmp_path: Path, escape: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n", "utf-8")
    frame_of_the_caller = query(released.settings, "select 1 as one")
    before = released.tree()
    with pytest.raises(UsageError, match="E-QUERY") as refusal:
        query(released.settings, escape.format(secret=secret, directory=tmp_path))
    assert "\n" not in str(refusal.value)
    assert frame_of_the_caller.num_rows == 1
    assert released.tree() == before
    assert not list(tmp_path.glob("stolen*"))


@pytest.mark.parametrize(
    "sql", ["from sdr_ranking", "show tables", "describe sdr_ranking", "summarize sdr_ranking", "select 1;"]
)
def test_reading_in_every_form_is_answered(released: ReleaseHome, sql: str) -> None:
    assert query(released.settings, sql).num_rows > 0


def test_an_answer_becomes_formula_safe_csv(released: ReleaseHome, tmp_path: Path) -> None:
    answer = query(released.settings, "select team, acceptance_rate, -leads_sent as n from sdr_ranking order by sdr_id")
    assert answer.column_names == ["team", "acceptance_rate", "n"]
    write_answer(answer, tmp_path / "answer.csv")
    with (tmp_path / "answer.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[1:3] == [["'=north", "0.625", "-50"], ["", "", "0"]]
    with pytest.raises(UsageError, match="E-CSV"):
        write_answer(answer, tmp_path / "none" / "answer.csv")


def test_nothing_published_is_said(home: ReleaseHome) -> None:
    with pytest.raises(UsageError, match="nothing is published yet"):
        query(home.settings, "select 1")
    assert status(home.settings)["current"] is None
    assert list_releases(home.settings) == []


def test_a_vanished_database_is_one_line(released: ReleaseHome) -> None:
    (released.published / "v000001" / "podium.duckdb").unlink()
    with pytest.raises(PodiumError, match="E-READ v000001"):
        query(released.settings, "select 1")


def test_status_shows_release_decisions_and_held_builds_as_json(released: ReleaseHome) -> None:
    released.deliver(2)
    night = plan(released.settings, released.receipts)
    hold(released.settings, night, build_warehouse(released.settings.work / "warehouse.duckdb", night), BLOCKED)
    told = json.loads(json.dumps(status(released.settings)))
    assert told["current"]["release_id"] == "v000001"
    assert told["current"]["is_verified"] is True
    assert [row["kind"] for row in told["decisions"]] == ["held", "published"]
    assert told["held"][0]["blocked_by"] == [{"check_id": "G4.bridge", "message": "12 rows do not close"}]


def test_status_says_what_is_wrong_with_the_current_release(released: ReleaseHome) -> None:
    (released.published / "v000001" / "csv" / "sdr_ranking.csv").unlink()
    current = status(released.settings)["current"]
    assert current["is_verified"] is False
    assert "sdr_ranking.csv is missing" in current["problem"]


def test_a_refused_file_stands_until_a_corrected_one_came(home: ReleaseHome) -> None:
    version = reading(home.settings, "crm")
    for name, sha, verdict in (
        ("leads_1.csv", "a", "refused"),
        ("leads_2.csv", "b", "refused"),
        ("leads_2.csv.gz", "c", "loaded"),
    ):
        delivered = receipt(
            march(1), "leads", file_name=name, sha256=sha * 64, reading=version, verdict=verdict, code="E-SCHEMA"
        )
        intake_receipts.write(home.settings, delivered)
    assert [file["file_name"] for file in status(home.settings)["refused_files"]] == ["leads_1.csv"]


def test_releases_are_listed_newest_first(released: ReleaseHome) -> None:
    released.publish(day=2)
    listed = list_releases(released.settings)
    assert [(r["release_id"], r["is_current"], r["as_of"]) for r in listed] == [
        ("v000002", True, "2026-03-02"),
        ("v000001", False, "2026-03-01"),
    ]
