"""The same monthly sums by a bare DuckDB script: what a night is measured against.

It reads every CSV of a drop once, strictly and typed, takes the newest row of each id and adds up per person and month.
It has no history, no second parser, no attribution as of a date, no gate and no release.

    python benchmarks/bare.py INBOX
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import duckdb

from pipelines.contract import ENTITIES

SUMS = {
    "activities": """
        select user_id, date_trunc('month', occurred_at) as month, count(*) as touches,
            count(*) filter (kind = 'call') as calls, count(distinct lead_id) as leads_worked
        from activities where is_completed is not false group by all""",
    "leads": """
        select sdr_id, date_trunc('month', qualified_at) as month, count(*) as qualified_leads
        from leads where qualified_at is not null group by all""",
    "handoffs": """
        select sdr_id, ae_id, date_trunc('month', sent_at) as month, count(*) as sent,
            count(*) filter (decision = 'accepted') as accepted
        from handoffs group by all""",
    "opportunities": """
        select owner_id, date_trunc('month', closed_at) as month, count(*) filter (is_won) as won, sum(amount) as amount
        from opportunities where is_closed group by all""",
    "invoices": """
        select account_id, date_trunc('month', invoiced_on) as month, sum(amount) as amount
        from invoices group by all""",
}


def files(inbox: Path, entity: str) -> list[str]:
    """Every file of an entity in a drop, parts and gzip included."""
    names = (f"{entity}.csv", f"{entity}.csv.gz", f"{entity}_[0-9]*.csv", f"{entity}_[0-9]*.csv.gz")
    return sorted(str(path) for name in names for path in inbox.glob(f"*/*/{name}"))


def columns_of(entity: str, path: str) -> dict[str, str]:
    """Every column of a file by its header, in its order, with the SQL type it is read as."""
    types = {column.name: column.type.sql for column in ENTITIES[entity].columns} | {"is_deleted": "BOOLEAN"}
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8") as file:
        return {name: types.get(name, "VARCHAR") for name in file.readline().strip().split(",")}


def main(inbox: Path) -> None:
    db = duckdb.connect(config={"memory_limit": "1500MB"})
    for entity, query in SUMS.items():
        paths = files(inbox, entity)
        columns = columns_of(entity, paths[0])
        key = ", ".join(ENTITIES[entity].key)
        # A demo drop has a few dirty rows; such a script would drop them, and so does this one.
        options = "header = true, auto_detect = false, columns = ?, delim = ',', quote = '\"', ignore_errors = true"
        newest_first = f"row_number() over (partition by {key} order by updated_at desc)"
        newest = f"select * from read_csv(?, {options}) qualify {newest_first} = 1"
        rows = db.execute(f"with {entity} as ({newest}) {query}", [paths, columns]).fetchall()
        if not rows:
            raise SystemExit(f"{entity}: no row could be read, so this measures nothing")
        print(f"{entity}: {len(rows)} sums from {len(paths)} files")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
