"""The same monthly sums by a bare DuckDB script: what a night is measured against.

Belongs here: every CSV of a drop read once and typed, lines that do not fit left out, the newest row of each key, sums
per person and month.
Does not: history, a second parser, attribution as of a date, a gate, a release.

    python benchmarks/bare.py INBOX
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from pathlib import Path

import duckdb

from pipelines.contract import ENTITIES

# What the sums need of each entity, so that nothing else is kept.
NEEDED = {
    "activities": "user_id, kind, occurred_at, is_completed, lead_id",
    "leads": "sdr_id, qualified_at",
    "handoffs": "lead_id, sdr_id, ae_id, sent_at, decision",
    "opportunities": "owner_id, is_closed, is_won, amount, currency, closed_at",
    "account_owners": "account_id, am_id, valid_from",
    "invoices": "account_id, invoiced_on, amount, currency",
    "fx_rates": "currency, rate_on, rate_to_base",
}
# A demo drop has a few dirty rows; such a script would drop them. Losing more means that it reads the files wrongly.
LEAST_READ = 0.98

SUMS = {
    "SDR touches": """
        select user_id, date_trunc('month', occurred_at) as month, count(*) as touches,
            count(*) filter (kind = 'call') as calls, count(distinct lead_id) as leads_worked
        from activities where is_completed is not false group by all""",
    "SDR qualified": """
        select sdr_id, date_trunc('month', qualified_at) as month, count(*) as qualified_leads
        from leads where qualified_at is not null group by all""",
    "SDR sent": """
        select sdr_id, date_trunc('month', sent_at) as month, count(distinct lead_id) as leads_sent,
            count(distinct lead_id) filter (decision = 'accepted') as accepted
        from handoffs group by all""",
    "AE offered": """
        select ae_id, date_trunc('month', sent_at) as month, count(*) as offered,
            count(*) filter (decision = 'accepted') as accepted, count(*) filter (decision = 'rejected') as rejected
        from handoffs group by all""",
    "AE closed": """
        select o.owner_id, date_trunc('month', o.closed_at) as month, count(*) filter (o.is_won) as won,
            count(*) filter (not o.is_won) as lost,
            sum(o.amount * coalesce(f.rate_to_base, 1)) filter (o.is_won) as won_amount
        from opportunities as o asof left join fx_rates as f
            on o.currency = f.currency and o.closed_at::date >= f.rate_on
        where o.is_closed and o.closed_at is not null group by all""",
    "AM invoiced": """
        select w.am_id, date_trunc('month', i.invoiced_on) as month, count(*) as invoices,
            sum(i.amount * coalesce(f.rate_to_base, 1)) as amount
        from invoices as i asof left join fx_rates as f on i.currency = f.currency and i.invoiced_on >= f.rate_on
        asof left join account_owners as w on i.account_id = w.account_id and i.invoiced_on >= w.valid_from
        group by all""",
}


def files(inbox: Path, entity: str) -> list[str]:
    """Every file of an entity in a drop, parts and gzip included."""
    names = (f"{entity}.csv", f"{entity}.csv.gz", f"{entity}_[0-9]*.csv", f"{entity}_[0-9]*.csv.gz")
    return sorted(str(path) for name in names for path in inbox.glob(f"*/*/{name}"))


def columns(path: str, entity: str) -> dict[str, str]:
    """The columns of a file in its own order with the contract's types; `is_deleted` is known, others are text."""
    with Path(path).open("rb") as raw:
        first = (gzip.GzipFile(fileobj=raw) if path.endswith(".gz") else raw).readline()
    header = next(csv.reader([first.decode("utf-8-sig")]))
    types = {column.name: column.type.sql for column in ENTITIES[entity].columns} | {"is_deleted": "BOOLEAN"}
    return {name: types.get(name, "VARCHAR") for name in header}


def load(db: duckdb.DuckDBPyConnection, inbox: Path, entity: str) -> int:
    """Make a table of the entity's newest rows and return how many there are."""
    paths = files(inbox, entity)
    names = columns(paths[0], entity)
    options = "header = true, auto_detect = false, columns = ?, delim = ',', quote = '\"', ignore_errors = true"
    order = "updated_at" if "updated_at" in names else ENTITIES[entity].key[0]
    newest = f"row_number() over (partition by {', '.join(ENTITIES[entity].key)} order by {order} desc) = 1"
    kept = "where is_deleted is not true" if "is_deleted" in names else ""
    rows = f"from read_csv(?, {options}) qualify {newest}"
    db.execute(f"create temp table {entity} as select {NEEDED[entity]} from ({rows}) {kept}", [paths, names])
    return int(db.execute(f"select count(*) from {entity}").fetchall()[0][0])


def delivered(inbox: Path, entity: str) -> int:
    """How many rows of the entity the manifests of the drop announce."""
    names = {Path(path).name for path in files(inbox, entity)}
    manifests = [json.loads(path.read_text("utf-8")) for path in inbox.glob("*/*/_manifest.json")]
    return sum(said["rows"] for made in manifests for name, said in made["files"].items() if name in names)


def main(inbox: Path) -> None:
    """Read a drop and print how many sums it makes. Exits 1 when it did not read nearly every row."""
    db = duckdb.connect(config={"memory_limit": "1500MB"})
    for entity in NEEDED:
        rows, announced = load(db, inbox, entity), delivered(inbox, entity)
        if rows < LEAST_READ * announced:
            sys.exit(f"{entity}: {rows:,} rows read of {announced:,}: the script does not fit these files")
    for name, query in SUMS.items():
        print(f"{name}: {len(db.execute(query).fetchall())} sums")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
