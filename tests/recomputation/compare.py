"""A published podium.duckdb beside the recomputation: the same rows, the same figures, or a list of what differs."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from tests.recomputation.metrics import GRAIN, Tables
from tests.recomputation.ratios import Row

TOLERANCE = 1e-9


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
    with duckdb.connect(str(database), read_only=True) as connection:
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
    cursor = connection.execute(f"select * from main.{table}")
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
            found += [
                Difference(table, key, column, published[key].get(column, "no such column"), value)
                for column, value in expected[key].items()
                if not agree(published[key].get(column, "no such column"), value)
            ]
    return found


def agree(published: Any, recomputed: Any) -> bool:
    """Counts, money, dates and texts exactly, shares and durations to 1e-9."""
    if isinstance(published, float) and isinstance(recomputed, float):
        return math.isclose(published, recomputed, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return type(published) is type(recomputed) and published == recomputed
