"""Map the Olist funnel, real and anonymised, to one canonical delivery that Podium can take.

    python examples/olist/map_olist.py <olist dir> <inbox dir>
    podium run --inbox <inbox dir> --home var/olist --config examples/olist/podium.yml

Needs three files of the two Olist data sets on Kaggle ("Marketing Funnel by Olist" and "Brazilian E-Commerce Public
Dataset by Olist"; CC BY-NC-SA 4.0, so they are not shipped here), each as .csv or .csv.gz:
olist_marketing_qualified_leads_dataset, olist_closed_deals_dataset, olist_order_items_dataset.

What becomes what, and why:

* leads: every marketing qualified lead, qualified on its first contact; the SDR is known only for closed ones, the
  others belong to nobody. An empty origin stays empty. No criteria are known, so no lead is strictly qualified.
* handoffs, opportunities: each closed deal. It was sent, accepted and opened on the day of first contact, the only
  earlier time there is, and closed on won_date: so the cycle is the real time from contact to win. One deal was won
  two days before its first contact; it is passed on as it is. Declared revenue says what the seller sells, not what
  the deal is worth, and is 0 in 95 % of them: amounts stay empty.
* accounts: every seller that closed or sold. Most were clients before the funnel's data begin: nobody owns them.
* account_owners: the sales representative of the win owns the account from won_date on.
* invoices: one per order item, its price (freight is passed on to the carrier), on its shipping limit date: the order
  date itself is not among the files, and that one is 6 days later in the median.
* assignments: each role from its first to its last event. SDR: first contacts. AE: contacts and wins. AM: first win to
  last win or sale. 13 people are both SDR and AE.

The delivery is full and dated on the day of the last win, 2018-11-14, the last thing that happened. Sales end in early
September 2018; four items are dated 2020 and lie after the delivery, where they are no figure of any period yet.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

Row = dict[str, str]


def main(olist: Path, inbox: Path) -> Path:
    """Write the delivery below `inbox` and return its folder. Raises FileNotFoundError for a missing file."""
    leads = _read(olist, "olist_marketing_qualified_leads_dataset")
    items = _read(olist, "olist_order_items_dataset")
    contacts = {lead["mql_id"]: lead["first_contact_date"] for lead in leads}
    deals = [deal | {"contact": contacts[deal["mql_id"]]} for deal in _read(olist, "olist_closed_deals_dataset")]
    as_of = max(deal["won_date"] for deal in deals)[:10]
    folder = inbox / "olist" / as_of
    folder.mkdir(parents=True)
    entities = {
        "users": _users(deals),
        "assignments": _assignments(deals, items, as_of),
        "leads": _leads(leads, deals),
        "handoffs": _handoffs(deals),
        "opportunities": _opportunities(deals),
        "accounts": _accounts(deals, items),
        "account_owners": _account_owners(deals),
        "invoices": _invoices(items, as_of),
    }
    files = {f"{name}.csv.gz": _write(folder / f"{name}.csv.gz", rows) for name, rows in entities.items()}
    (folder / "_manifest.json").write_text(json.dumps({"files": files, "mode": "full", "version": 1}, indent=1))
    return folder


def _read(folder: Path, name: str) -> list[Row]:
    for path, opener in ((folder / f"{name}.csv", open), (folder / f"{name}.csv.gz", gzip.open)):
        if path.is_file():
            with opener(path, "rt", encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file))
    raise FileNotFoundError(f"{folder / name}.csv or .csv.gz")


def _write(path: Path, rows: list[Row]) -> dict[str, object]:
    """Write gzipped CSV and return its line of the manifest. The bytes depend on the rows alone."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    content = gzip.compress(text.getvalue().encode("utf-8"), mtime=0)
    path.write_bytes(content)
    return {"rows": len(rows), "sha256": hashlib.sha256(content).hexdigest()}


def _users(deals: list[Row]) -> list[Row]:
    since: dict[str, str] = {}
    for deal in deals:
        for person in (deal["sdr_id"], deal["sr_id"]):
            since[person] = min(since.get(person, deal["contact"]), deal["contact"])
    # The data set has no names: the id stands for one.
    return [{"user_id": u, "full_name": u, "updated_at": f"{day}T00:00:00Z"} for u, day in sorted(since.items())]


def _assignments(deals: list[Row], items: list[Row], as_of: str) -> list[Row]:
    last_sale: dict[str, str] = {}
    for item in items:
        day = item["shipping_limit_date"][:10]
        if day <= as_of:
            last_sale[item["seller_id"]] = max(day, last_sale.get(item["seller_id"], day))
    events: dict[tuple[str, str], set[str]] = defaultdict(set)
    for deal in deals:
        won = deal["won_date"][:10]
        events[deal["sdr_id"], "SDR"].add(deal["contact"])
        events[deal["sr_id"], "AE"] |= {deal["contact"], won}
        events[deal["sr_id"], "AM"] |= {won, max(won, last_sale.get(deal["seller_id"], won))}
    return [
        {
            "user_id": person,
            "role": role,
            "valid_from": min(days),
            "valid_to": str(date.fromisoformat(max(days)) + timedelta(days=1)),
            "updated_at": f"{max(days)}T00:00:00Z",
        }
        for (person, role), days in sorted(events.items())
    ]


def _leads(leads: list[Row], deals: list[Row]) -> list[Row]:
    closed = {deal["mql_id"]: deal for deal in deals}
    nothing = {"sdr_id": "", "business_segment": ""}
    return [
        {
            "lead_id": lead["mql_id"],
            "created_at": lead["first_contact_date"],
            "sdr_id": closed.get(lead["mql_id"], nothing)["sdr_id"],
            "source": lead["origin"],
            "segment": closed.get(lead["mql_id"], nothing)["business_segment"],
            "status": "won" if lead["mql_id"] in closed else "open",
            "qualified_at": lead["first_contact_date"],
            "updated_at": lead["first_contact_date"],
        }
        for lead in leads
    ]


def _handoffs(deals: list[Row]) -> list[Row]:
    return [
        {
            "handoff_id": f"handoff-{deal['mql_id']}",
            "lead_id": deal["mql_id"],
            "sdr_id": deal["sdr_id"],
            "ae_id": deal["sr_id"],
            "sent_at": deal["contact"],
            "decision": "accepted",
            "decided_at": deal["contact"],
            "opportunity_id": f"deal-{deal['mql_id']}",
            "updated_at": deal["contact"],
        }
        for deal in deals
    ]


def _opportunities(deals: list[Row]) -> list[Row]:
    return [
        {
            "opportunity_id": f"deal-{deal['mql_id']}",
            "owner_id": deal["sr_id"],
            "created_at": deal["contact"],
            "stage": "won",
            "is_closed": "true",
            "is_won": "true",
            "account_id": deal["seller_id"],
            "lead_id": deal["mql_id"],
            "closed_at": _timestamp(deal["won_date"]),
            "updated_at": _timestamp(deal["won_date"]),
        }
        for deal in deals
    ]


def _accounts(deals: list[Row], items: list[Row]) -> list[Row]:
    """Every seller that closed, from its win; every other one that sold, from its first sale."""
    first_sales: dict[str, str] = {}
    for item in items:
        moment = item["shipping_limit_date"]
        first_sales[item["seller_id"]] = min(moment, first_sales.get(item["seller_id"], moment))
    segments = {deal["seller_id"]: deal["business_segment"] for deal in deals}
    since = first_sales | {deal["seller_id"]: deal["won_date"] for deal in deals}
    return [
        {
            "account_id": seller,
            "segment": segments.get(seller, ""),
            "created_at": _timestamp(moment),
            "updated_at": _timestamp(moment),
        }
        for seller, moment in sorted(since.items())
    ]


def _account_owners(deals: list[Row]) -> list[Row]:
    return [
        {
            "account_id": deal["seller_id"],
            "am_id": deal["sr_id"],
            "valid_from": deal["won_date"][:10],
            "updated_at": _timestamp(deal["won_date"]),
        }
        for deal in deals
    ]


def _invoices(items: Iterable[Row], as_of: str) -> list[Row]:
    """Known at the latest by the delivery: an item dated later is a plan, not a row of the future."""
    return [
        {
            "invoice_id": f"{item['order_id']}-{item['order_item_id']}",
            "account_id": item["seller_id"],
            "invoiced_on": item["shipping_limit_date"][:10],
            "amount": item["price"],
            "currency": "BRL",
            "kind": "one_off",
            "updated_at": min(_timestamp(item["shipping_limit_date"]), f"{as_of}T00:00:00Z"),
        }
        for item in items
    ]


def _timestamp(text: str) -> str:
    return text.replace(" ", "T") + "Z"


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python examples/olist/map_olist.py <olist dir> <inbox dir>")
    try:
        print(main(Path(sys.argv[1]), Path(sys.argv[2])))
    except FileNotFoundError as error:
        sys.exit(f"missing: {error}")
