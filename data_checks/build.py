"""The build under examination: one read-only connection, the facts of the night, and the release to compare with.

Everything that is measured once and judged by several checks is kept here. What is judged is said elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from data_checks.baseline import Baseline
from pipelines.contract import ENTITIES
from pipelines.quoting import literal
from pipelines.warehouse import connect

SQL = Path(__file__).parent / "sql"


@dataclass
class Build:
    """A private warehouse after dbt has run. `context` is the row of night.context."""

    db: duckdb.DuckDBPyConnection
    context: dict[str, Any]
    baseline: Baseline | None
    loaded_rows: dict[str, int]
    prepared: set[str] = field(default_factory=set)
    measured: dict[str, Any] = field(default_factory=dict)

    def delivered(self, entity: str) -> bool:
        return bool(self.context[f"has_{entity}"])

    def one(self, sql: str, *values: Any) -> tuple[Any, ...]:
        """The first row of a query that returns one."""
        row = self.db.execute(sql, values).fetchone()
        if row is None:
            raise LookupError("expected one row, found none")
        return tuple(row)

    def records(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """All rows of a query by column name."""
        cursor = self.db.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def prepare(self, name: str) -> None:
        """Make the temporary table `name` from data_checks/sql/<name>.sql, once."""
        if name not in self.prepared:
            self.db.execute(f"create or replace temp table {name} as {(SQL / f'{name}.sql').read_text('utf-8')}")
            self.prepared.add(name)


def read_build(db: duckdb.DuckDBPyConnection, baseline: Baseline | None) -> Build:
    """The build behind an open connection. Raises duckdb.Error where night.context or night.files is missing."""
    build = Build(db, {}, baseline, {})
    build.context = build.records("select * from staging.stg_context")[0]
    loaded = build.records(
        "select entity, cast(sum(rows_loaded) as bigint) as rows_loaded "
        "from night.files where verdict = 'loaded' group by entity"
    )
    build.loaded_rows = dict.fromkeys(ENTITIES, 0) | {row["entity"]: row["rows_loaded"] for row in loaded}
    return build


@contextmanager
def open_build(warehouse: Path, baseline: Baseline | None, memory_limit_mb: int | None = None) -> Iterator[Build]:
    """Open a warehouse file read-only, and the baseline's database beside it as `baseline`."""
    with connect(warehouse, read_only=True, memory_limit_mb=memory_limit_mb) as db:
        if baseline:
            db.execute(f"attach {literal(str(baseline.database))} as baseline (read_only)")
        yield read_build(db, baseline)
