"""A release beside the recomputation: the same rows, the same figures, or a list of what differs. It is named by its
podium.duckdb, and its restricted part is compared with it.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.release.databases import attach
from tests.recomputation.metrics import GRAIN, Tables
from tests.recomputation.ratios import Row

TOLERANCE = 1e-9
TOLERANCES = {
    "expected_rank": 1e-5,  # through Φ, which the SQL approximates
    # Divided by how far people lie apart, which may be a hundred-thousandth of the values themselves.
    **dict.fromkeys(("z", "score", "score_low", "score_high"), 1e-7),
}
# Above so many ranked a faster method may stand in for the exact rank interval, one place beside it at most.
EXACT_UP_TO = 50
INTERVALS = ("rank_low", "rank_high")
# Published and not recomputed, and why. "*" is every table, or every column.
EXCEPTIONS = {
    ("*", "release_id"): "says which night it was, not what it counted",
    ("*", "updated_at"): "says which night it was, not what it counted",
    ("coaching_effect", "caveat"): "a sentence about the other columns, checked by the examples beside the model",
    ("metric_dictionary", "*"): "texts, checked by tests/unit/test_metrics_seed.py",
    ("data_dictionary", "*"): "made from the contracts, checked by tests/unit/release/test_tables.py",
    ("release_info", "*"): "the release about itself, checked by tests/unit/release",
    ("check_results", "*"): "the gate about itself, checked by tests/unit/data_checks",
    ("quarantine_summary", "*"): "what intake set aside, checked by tests/unit/intake",
    ("closed_period_changes", "*"): "two releases side by side, of which the recomputation knows one",
}


@dataclass(frozen=True)
class Difference:
    """One row or figure on which the two do not agree; column is empty for a row that only one has."""

    table: str
    key: tuple[Any, ...]
    column: str
    published: Any
    recomputed: Any

    def __str__(self) -> str:
        where = f"{self.table}[{', '.join(map(str, self.key))}]"
        return f"{where} {self.column or 'row'}: published {self.published!s}, recomputed {self.recomputed!s}"


def differences(database: Path, expected: Tables) -> list[Difference]:
    """Every difference, tables and rows in order."""
    with duckdb.connect() as connection:
        attach(connection, database.parent)
        return differences_within(connection, expected)


def differences_within(connection: duckdb.DuckDBPyConnection, expected: Tables) -> list[Difference]:
    """The same of an open database, such as a build in memory."""
    return [
        difference
        for table, rows in expected.items()
        for difference in _table_differences(table, _published(connection, table), rows)
    ]


def assert_equal(database: Path, expected: Tables) -> None:
    """Raise AssertionError with a report that a person can work from."""
    assert sum(map(len, expected.values())), "the recomputation has no rows: nothing was compared"
    found = differences(database, expected)
    assert not found, report(found)
    missed = uncovered(database, expected)
    assert not missed, f"published, not recomputed and not among EXCEPTIONS: {', '.join(missed)}"


def uncovered(database: Path, expected: Tables) -> list[str]:
    """`table.column` of everything published that the recomputation does not know and EXCEPTIONS does not excuse."""
    with duckdb.connect() as connection:
        attach(connection, database.parent)
        columns = connection.execute(
            "select table_name, column_name from duckdb_columns()"
            " where database_name = 'memory' and schema_name = 'main' and not internal order by all"
        ).fetchall()
    known = {(table, name) for table, rows in expected.items() for row in rows.values() for name in row}
    empty = {table for table, rows in expected.items() if not rows}  # its rows, if there are any, differ anyway
    return [
        f"{table}.{column}"
        for table, column in columns
        if table not in empty
        and (table, column) not in known
        and not {(table, column), (table, "*"), ("*", column)} & set(EXCEPTIONS)
    ]


def report(found: list[Difference], examples: int = 3) -> str:
    """Per table and column how many differ, with the first few of each."""
    counts = Counter((d.table, d.column) for d in found)
    lines = [f"{len(found)} differences between the release and the recomputation"]
    for (table, column), count in counts.most_common():
        lines.append(f"{table}.{column or '(rows)'}: {count}")
        same = [d for d in found if (d.table, d.column) == (table, column)]
        lines += [f"    {d}" for d in same[:examples]]
    return "\n".join(lines)


def _published(connection: duckdb.DuckDBPyConnection, table: str) -> dict[tuple[Any, ...], Row]:
    cursor = connection.execute(f"select * from {table}")
    names = [column[0] for column in cursor.description or ()]
    rows = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    return {tuple(row[name] for name in GRAIN[table]): row for row in rows}


def _table_differences(table: str, published: dict[Any, Row], expected: dict[Any, Row]) -> list[Difference]:
    found = []
    for key in sorted(set(published) | set(expected), key=str):
        if key not in expected:
            found.append(Difference(table, key, "", "present", "absent"))
        elif key not in published:
            found.append(Difference(table, key, "", "absent", "present"))
        else:
            found += _row_differences(table, key, published[key], expected[key])
    return found


def _row_differences(table: str, key: tuple[Any, ...], published: Row, expected: Row) -> list[Difference]:
    is_rough = (expected.get("ranked_count") or 0) > EXACT_UP_TO
    return [
        Difference(table, key, column, published.get(column, "no such column"), value)
        for column, value in expected.items()
        if not agree(
            published.get(column, "no such column"),
            value,
            TOLERANCES.get(column, TOLERANCE),
            places=1 if is_rough and column in INTERVALS else 0,
        )
    ]


def agree(published: Any, recomputed: Any, tolerance: float = TOLERANCE, places: int = 0) -> bool:
    """Counts, money, dates and texts exactly, shares and durations to the tolerance, ranks up to so many places."""
    if isinstance(published, float) and isinstance(recomputed, float):
        return math.isclose(published, recomputed, rel_tol=tolerance, abs_tol=tolerance)
    if places and isinstance(published, int) and isinstance(recomputed, int):
        return abs(published - recomputed) <= places
    return type(published) is type(recomputed) and published == recomputed
