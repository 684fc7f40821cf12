"""What changed where a file was delivered again under its name with other bytes, as one line for a person.

Which of the two rows counts is decided by their versions, not here.
"""

from __future__ import annotations

import duckdb

from pipelines.intake.receipts import Receipt
from pipelines.settings import Settings

_SHOWN = 5


def changes(db: duckdb.DuckDBPyConnection, settings: Settings, old: Receipt, new: Receipt, key: tuple[str, ...]) -> str:
    """`2 rows changed, 1 new, 0 gone: L1, L7 …`: keys of the rows that are not the same in both files."""
    keys = " || '|' || ".join(f"cast({name} as varchar)" for name in key)
    said = "* exclude (_file_sha, _line, _version)"
    query = f"""
        with
        old_rows as (select {keys} as id, hash(rows) as content from (select {said} from read_parquet($old)) as rows),
        new_rows as (select {keys} as id, hash(rows) as content from (select {said} from read_parquet($new)) as rows),
        differing as (
            (select * from old_rows except all select * from new_rows)
            union all
            (select * from new_rows except all select * from old_rows)
        )
        select
            id,
            id in (select id from old_rows) as was_there,
            id in (select id from new_rows) as is_there
        from differing
        group by id
        order by id
    """
    paths = {"old": str(old.rows_path(settings)), "new": str(new.rows_path(settings))}
    rows = db.execute(query, paths).fetchall()
    changed = sum(was and still for _, was, still in rows)
    fresh, gone = sum(not was for _, was, _ in rows), sum(not still for _, _, still in rows)
    ids = ", ".join(str(id)[:40] for id, _, _ in rows[:_SHOWN]) + (" …" if len(rows) > _SHOWN else "")
    return f"{changed:,} rows changed, {fresh:,} new, {gone:,} gone" + (f": {ids}" if rows else "")
