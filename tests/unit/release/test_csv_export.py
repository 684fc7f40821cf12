"""No text of ours may run as a formula in a spreadsheet; nothing else may change."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.release.csv_export import safe_text, write_csv

STARTS = ["=", "+", "-", "@", "\t", "\r", "＝", " ", "\u00a0", "\u3000", "\ufeff", "\n", "'", '"', ",", "a", "1", ""]
CELLS = st.builds(lambda start, more, rest: start + more + rest, *[st.sampled_from(STARTS)] * 2, st.text(max_size=8))


def written(db: duckdb.DuckDBPyConnection, select: str, path: Path) -> list[list[str]]:
    write_csv(db, select, path)
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def runs(text: str) -> bool:
    """Whether a spreadsheet might take the cell for a formula, said without a pattern."""
    visible = text.lstrip(" \u00a0\u3000\ufeff\n\t\r")
    return text[:1] in ("\t", "\r") or visible[:1] in tuple("=+-@＝")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(CELLS.filter(lambda text: "\0" not in text), min_size=1, max_size=8))
def test_no_cell_runs_and_no_cell_is_lost(cells: list[str], tmp_path: Path) -> None:
    with duckdb.connect(":memory:") as db:
        db.execute("create table t (position bigint, cell varchar)")
        db.executemany("insert into t values (?, ?)", list(enumerate(cells)))
        rows = written(db, "select * from t order by position", tmp_path / "t.csv")[1:]
    found = [cell for _, cell in rows]
    assert not any(map(runs, found))
    assert found == [("'" + cell if runs(cell) else safe_text(cell)) for cell in cells]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r1", "＝1", "  =cmd|' /C calc'!A0", "\u00a0=1"]
)
def test_texts_that_run_get_a_mark(text: str) -> None:
    assert safe_text(text) == "'" + text


@pytest.mark.parametrize("text", ["", "Ana", "a=1", "'=1", "1-2", "Unassigned (=1)", " plain", "\n"])
def test_other_texts_stay(text: str) -> None:
    assert safe_text(text) == text


def test_numbers_dates_and_nulls_stay_what_they_are(tmp_path: Path) -> None:
    with duckdb.connect(":memory:") as db:
        select = (
            "select -1.5::double as x, -2::bigint as n, -3.10::decimal(18,2) as m, ?::date as d, null::varchar as t"
        )
        db.execute(f"create table t as {select}", [dt.date(2026, 3, 1)])
        assert written(db, "select * from t", tmp_path / "t.csv")[1] == ["-1.5", "-2", "-3.10", "2026-03-01", ""]


def test_headers_and_values_of_other_types_are_text_too(tmp_path: Path) -> None:
    with duckdb.connect(":memory:") as db:
        rows = written(db, "select '=x'::enum('=x', 'y') as \"=1\"", tmp_path / "t.csv")
    assert rows == [["'=1"], ["'=x"]]
