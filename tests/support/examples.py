"""The examples worked by hand that stand beside the models, run on any SQL of their model, in memory.

As dbt runs its unit tests: rows that are given in the types of the tables of a build, and rows that must come out.
end_to_end/test_hand_worked.py has dbt itself run them; here they judge SQL that differs from the project's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb
import yaml

from pipelines.settings import DBT_PROJECT
from tests.support.compiled_sql import compiled_project
from tests.support.limits import LIMITS

Types = Mapping[str, Mapping[str, str]]  # relation → column → type


@dataclass(frozen=True)
class Example:
    """A unit test of a model: rows as YAML has them, or a select."""

    name: str
    model: str
    given: Mapping[str, Any]  # relation → rows
    expected: Any


@cache
def examples() -> dict[str, list[Example]]:
    """All examples by model."""
    found: dict[str, list[Example]] = {}
    for path in sorted(DBT_PROJECT.rglob("models/**/*.yml")):
        for test in (yaml.safe_load(path.read_text("utf-8")) or {}).get("unit_tests", ()):
            given = {_relation(one["input"]): one.get("rows", []) for one in test["given"]}
            example = Example(test["name"], test["model"], given, test["expect"]["rows"])
            found.setdefault(example.model, []).append(example)
    return found


def types_of(db: duckdb.DuckDBPyConnection) -> Types:
    """The columns of every table of a build in memory."""
    found: dict[str, dict[str, str]] = {}
    columns = "database_name || '.' || schema_name || '.' || table_name, column_name, data_type"
    for relation, column, kind in db.execute(f"select {columns} from duckdb_columns() where not internal").fetchall():
        found.setdefault(relation, {})[column] = kind
    return found


class Bench:
    """An example laid out: what is given stands in tables of its own, what must come out beside it."""

    def __init__(self, example: Example, types: Types, build: duckdb.DuckDBPyConnection) -> None:
        """`build` lends the rows of the seeds that the example does not give."""
        self.db = duckdb.connect(config=LIMITS)
        node = compiled_project()[example.model]
        for name in node.reads:
            read = compiled_project()[name]
            if read.kind == "seed" and read.relation not in example.given:
                self.db.register("lent", build.execute(f"from {read.relation}").to_arrow_table())
                self._create(read.relation, "select * from lent")
            else:
                self._lay(read.relation, example.given.get(read.relation, []), types[read.relation])
        known = types[node.relation]
        names = _columns(self.db, example.expected) or list(known)
        self._lay("memory.expected.rows", example.expected, {name: known[name] for name in names})
        self.names = ", ".join(names)

    def holds(self, sql: str) -> bool:
        """Whether the SQL makes the expected rows, and no others, of what is given. duckdb.Error as it comes."""
        self.db.execute(f"create or replace temp table made as {sql}")
        made, expected = f"select {self.names} from made", f"select {self.names} from memory.expected.rows"
        return not self.db.execute(
            f"(({made}) except all ({expected})) union all (({expected}) except all ({made}))"
        ).fetchall()

    def _lay(self, relation: str, rows: Any, types: Mapping[str, str]) -> None:
        names = ", ".join(f'"{name}" {kind}' for name, kind in types.items())
        self._create(relation, "", f" ({names})")
        if isinstance(rows, str):
            self.db.execute(f"insert into {relation} by name {rows}")
            return
        for row in rows:
            marks = ", ".join(f"?::{types[name]}" for name in row)
            # A number as it is written, since a float of it is not yet the decimal of its column.
            values = [repr(value) if isinstance(value, float) else value for value in row.values()]
            self.db.execute(f"insert into {relation} ({', '.join(row)}) values ({marks})", values)

    def _create(self, relation: str, select: str, columns: str = "") -> None:
        self.db.execute(f"create schema if not exists {relation.rpartition('.')[0]}")
        self.db.execute(f"create table {relation}{columns or f' as {select}'}")


def _columns(db: duckdb.DuckDBPyConnection, rows: Any) -> list[str]:
    if isinstance(rows, str):
        return [column[0] for column in db.execute(f"describe {rows}").fetchall()]
    return list(dict.fromkeys(name for row in rows for name in row))


def _relation(reference: str) -> str:
    """Of "ref('x')" or "source('a', 'x')"."""
    return compiled_project()[".".join(re.findall(r"'([^']+)'", reference))].relation
