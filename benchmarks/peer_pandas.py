"""The same monthly sums as many would write them in pandas: a peer for the bare script and for a night.

Belongs here: the sums of bare.py. Does not: anything to make pandas faster than it usually is.

    python -m benchmarks.peer_pandas INBOX
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from benchmarks.bare import files
from pipelines.contract import ENTITIES


def read(inbox: Path, entity: str, *times: str) -> pd.DataFrame:
    """The newest row of every key that is not deleted, with `times` parsed; what cannot be parsed is left out."""
    rows = pd.concat([pd.read_csv(path, on_bad_lines="skip", low_memory=False) for path in files(inbox, entity)])
    for column in times:
        rows[column] = pd.to_datetime(rows[column], errors="coerce", utc=True, format="ISO8601").dt.tz_localize(None)
    if "updated_at" in rows:
        rows = rows.sort_values("updated_at")
    rows = rows.drop_duplicates(list(ENTITIES[entity].key), keep="last")
    return rows[rows["is_deleted"].astype(str).str.lower() != "true"] if "is_deleted" in rows else rows


def monthly(rows: pd.DataFrame, person: str, time: str, **sums: tuple[str, str]) -> pd.DataFrame:
    """Sums per person and month of a timestamp column."""
    month = rows[time].dt.to_period("M").rename("month")
    return rows.groupby([person, month]).agg(**sums)


def in_base(rows: pd.DataFrame, day: str, rates: pd.DataFrame) -> pd.DataFrame:
    """The rows with `base`, their amount at the newest rate on or before the day; 1 where there is none."""
    dated = rows.dropna(subset=[day]).sort_values(day)
    joined = pd.merge_asof(dated, rates.sort_values("rate_on"), left_on=day, right_on="rate_on", by="currency")
    amount = pd.to_numeric(joined["amount"], errors="coerce")
    return joined.assign(base=amount * joined["rate_to_base"].fillna(1))


def main(inbox: Path) -> None:
    touches = read(inbox, "activities", "occurred_at")
    touches = touches[touches["is_completed"].astype(str).str.lower() != "false"]
    touches = touches.assign(call=touches["kind"] == "call")
    touched = {"touches": ("kind", "size"), "calls": ("call", "sum"), "leads_worked": ("lead_id", "nunique")}
    sums = {"SDR touches": monthly(touches, "user_id", "occurred_at", **touched)}
    del touches
    leads = read(inbox, "leads", "qualified_at")
    sums["SDR qualified"] = monthly(leads, "sdr_id", "qualified_at", qualified_leads=("lead_id", "size"))
    sent = read(inbox, "handoffs", "sent_at")
    sent = sent.assign(yes=sent["decision"] == "accepted", no=sent["decision"] == "rejected")
    sums["SDR sent"] = monthly(sent, "sdr_id", "sent_at", leads_sent=("lead_id", "nunique"), accepted=("yes", "sum"))
    offered = {"offered": ("lead_id", "size"), "accepted": ("yes", "sum"), "rejected": ("no", "sum")}
    sums["AE offered"] = monthly(sent, "ae_id", "sent_at", **offered)
    rates = read(inbox, "fx_rates", "rate_on")
    deals = in_base(read(inbox, "opportunities", "closed_at"), "closed_at", rates)
    won = deals["is_won"].astype(str).str.lower() == "true"
    deals = deals.assign(won=won, base=deals["base"].where(won))
    sums["AE closed"] = monthly(deals, "owner_id", "closed_at", won=("won", "sum"), won_amount=("base", "sum"))
    owners = read(inbox, "account_owners", "valid_from").sort_values("valid_from")[
        ["account_id", "am_id", "valid_from"]
    ]
    invoices = in_base(read(inbox, "invoices", "invoiced_on"), "invoiced_on", rates)
    owned = pd.merge_asof(invoices, owners, left_on="invoiced_on", right_on="valid_from", by="account_id")
    sums["AM invoiced"] = monthly(
        owned, "am_id", "invoiced_on", invoices=("invoice_id", "size"), amount=("base", "sum")
    )
    for name, table in sums.items():
        print(f"{name}: {len(table)} sums")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
