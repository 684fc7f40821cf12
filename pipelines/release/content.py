"""The hash by which two releases are judged to say the same.

Over what readers see, not over files: the same rows give the same hash in any order, file layout and release.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

import duckdb

from pipelines.quoting import identifier

# About this very release, so that they differ between two builds of the same content.
NOT_CONTENT = frozenset({"check_results", "quarantine_summary", "closed_period_changes", "release_info"})
NOT_CONTENT_COLUMNS = frozenset({"release_id", "updated_at"})
_PLAIN = re.compile(r"BOOLEAN|DATE|TIMESTAMP|(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL\(.*\)")


def content_sha256(db: duckdb.DuckDBPyConnection, tables: Iterable[str], schema: str = "main") -> str:
    """Hash over `tables` of `schema`: names, columns, types and rows; row order and threads do not matter."""
    whole = hashlib.sha256()
    for table in sorted(set(tables) - NOT_CONTENT):
        whole.update(f"{table} {_table_sha256(db, schema, table)}\n".encode())
    return whole.hexdigest()


def _table_sha256(db: duckdb.DuckDBPyConnection, schema: str, table: str) -> str:
    described = db.execute(f"select column_name, column_type from (describe {schema}.{identifier(table)})").fetchall()
    columns = [(name, kind) for name, kind in described if name not in NOT_CONTENT_COLUMNS]
    digest = hashlib.sha256(repr(columns).encode())
    row_text = ", ".join(_cell_text(name, kind) for name, kind in columns)
    # Rows have a unique grain, so their own hashes put them into one order.
    db.execute(f"select sha256(concat({row_text})) as row_sha from {schema}.{identifier(table)} order by row_sha")
    while rows := db.fetchmany(10_000):
        digest.update("".join(row[0] for row in rows).encode())
    return digest.hexdigest()


def _cell_text(name: str, kind: str) -> str:
    """SQL for the parts of a cell's text, told apart from the next cell's by a length before it or a bar behind it.

    No number, date or boolean has a bar in its text or none at all, so a bar ends it and NULL is nothing before the
    bar; that is half the work of a length. `concat` leaves NULL out.
    """
    value = identifier(name)
    if _PLAIN.fullmatch(kind):
        return f"{value}, '|'"
    if kind in ("DOUBLE", "FLOAT"):
        # 17 digits tell any two doubles apart on any engine; adding zero makes minus zero zero.
        return f"printf('%.17g', cast({value} as double) + 0.0), '|'"
    text = f"cast({value} as varchar)"
    return f"coalesce(cast(strlen({text}) as varchar), '~'), ':', {text}"
