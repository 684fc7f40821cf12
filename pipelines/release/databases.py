"""The databases of a release, opened together: what seal.py wrote and read_back.py reads is one set of tables.

A question of a reader goes to podium.duckdb alone: that is readers.py's.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.quoting import identifier, literal
from pipelines.release import releases, restricted


def attach(db: duckdb.DuckDBPyConnection, directory: Path) -> dict[str, Path]:
    """Make every table of the release in `directory` a view of its name in `db`; returns the database of each.

    Raises duckdb.Error where two databases hold a table of one name.
    """
    found = {}
    for file in (directory / releases.DATABASE, directory / restricted.DATABASE):
        if not file.is_file():
            continue
        db.execute(f"attach {literal(str(file))} as {identifier(file.stem)} (read_only)")
        named = "select table_name from duckdb_tables() where database_name = ? order by table_name"
        for (table,) in db.execute(named, [file.stem]).fetchall():
            place = f"{identifier(file.stem)}.main.{identifier(table)}"
            db.execute(f"create view {identifier(table)} as select * from {place}")
            found[table] = file
    return found
