"""The judge: what a CRM's rows add up to, counted in plain Python and Decimal, against what a release says.

Written from the definitions and not from the SQL. Only closed months are compared: what is open still moves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from tests.living.crm import Crm, Row

CENT = Decimal("0.01")
# Figure, month, person; the portfolio is summed over everybody.
Totals = dict[tuple[str, date, str], Decimal]
PUBLISHED = {
    "sdr_ranking": ("sdr_id", ("calls", "qualified_leads", "leads_sent", "accepted")),
    "ae_ranking": ("ae_id", ("deals_won", "deals_lost", "won_amount")),
}


class Books:
    """The true totals of a CRM."""

    def __init__(self, crm: Crm, zone: ZoneInfo) -> None:
        self._crm, self._zone = crm, zone
        self._rates: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
        for row in sorted(self._alive("fx_rates"), key=lambda row: row["rate_on"]):
            self._rates[row["currency"]].append((row["rate_on"], row["rate_to_base"]))

    def totals(self, months: list[date]) -> Totals:
        """Every figure of the given months by person, without zeros."""
        found: Totals = defaultdict(Decimal)
        for name, day, person, adds in (*self._calls(), *self._leads(), *self._handoffs(), *self._deals()):
            if day.replace(day=1) in months:
                found[name, day.replace(day=1), person] += adds
        for month in months:
            found["closing", month, ""] = self._portfolio(next_month(month))
        return {key: total for key, total in found.items() if total}

    def _alive(self, entity: str) -> Iterator[Row]:
        return (row for row in self._crm.rows[entity].values() if not row.get("is_deleted"))

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date()

    def _calls(self) -> Iterator[tuple[str, date, str, Decimal]]:
        for row in self._alive("activities"):
            day = self._day(row["occurred_at"])
            if row["kind"] == "call" and row["is_completed"] and self._is_sdr(row["user_id"], day):
                yield "calls", day, row["user_id"], Decimal(1)

    def _is_sdr(self, person: str, day: date) -> bool:
        spells = (a for a in self._alive("assignments") if a["user_id"] == person and a["role"] == "SDR")
        return any(a["valid_from"] <= day and (not a["valid_to"] or day < a["valid_to"]) for a in spells)

    def _leads(self) -> Iterator[tuple[str, date, str, Decimal]]:
        for row in self._alive("leads"):
            if row["qualified_at"]:
                yield "qualified_leads", self._day(row["qualified_at"]), row["sdr_id"], Decimal(1)

    def _handoffs(self) -> Iterator[tuple[str, date, str, Decimal]]:
        for row in self._alive("handoffs"):
            day = self._day(row["sent_at"])
            yield "leads_sent", day, row["sdr_id"], Decimal(1)
            if row["decision"] == "accepted":
                yield "accepted", day, row["sdr_id"], Decimal(1)

    def _deals(self) -> Iterator[tuple[str, date, str, Decimal]]:
        for row in self._alive("opportunities"):
            if not row["is_closed"]:
                continue
            day = self._day(row["closed_at"])
            yield "deals_won" if row["is_won"] else "deals_lost", day, row["owner_id"], Decimal(1)
            if row["is_won"]:
                worth = row["amount"] * self._rate(row["currency"], day)
                yield "won_amount", day, row["owner_id"], worth.quantize(CENT, ROUND_HALF_UP)

    def _rate(self, currency: str, day: date) -> Decimal:
        if currency == "EUR":
            return Decimal(1)
        return next(rate for on, rate in reversed(self._rates[currency]) if on <= day)

    def _portfolio(self, end: date) -> Decimal:
        """What all clients are worth at the beginning of `end`: the invoices of twelve months, none below 0."""
        survivors = {row["account_id"]: row["merged_into_id"] for row in self._alive("accounts")}
        worth: dict[str, Decimal] = defaultdict(Decimal)
        for row in self._alive("invoices"):
            if end.replace(year=end.year - 1) <= row["invoiced_on"] < end:
                account = row["account_id"]
                while survivors[account]:
                    account = survivors[account]
                worth[account] += row["amount"] * self._rate(row["currency"], end - timedelta(days=1))
        return sum((max(value, Decimal(0)).quantize(CENT, ROUND_HALF_UP) for value in worth.values()), Decimal(0))


def differences(crm: Crm, zone: ZoneInfo, release: Path, last: int) -> list[str]:
    """What the `last` closed months of a release say and the books do not, or the other way round; [] for agreement."""
    months = closed_months(crm.today, last)
    true, said = Books(crm, zone).totals(months), published(release, months)
    return [
        f"{key[0]} of {key[2] or 'all'} in {key[1]:%Y-%m}: {said.get(key, 0)} published, {true.get(key, 0)} true"
        for key in sorted(true.keys() | said.keys())
        if true.get(key, 0) != said.get(key, 0)
    ]


def published(release: Path, months: list[date]) -> Totals:
    """The same figures as a release has them."""
    where = f"period_type = 'month' and period_start in ({', '.join(f'date {str(month)!r}' for month in months)})"
    with duckdb.connect(str(release / "podium.duckdb"), read_only=True) as db:
        rows = [
            (figure, *row)
            for table, (person, figures) in PUBLISHED.items()
            for figure in figures
            for row in db.execute(f"select period_start, {person}, {figure} from main.{table} where {where}").fetchall()
        ]
        books = f"select 'closing', period_start, '', sum(closing) from main.am_ranking where {where} group by all"
        rows += db.execute(books).fetchall()
    return {(name, month, person): Decimal(total) for name, month, person, total in rows if total}


def closed_months(day: date, last: int) -> list[date]:
    """First days of the `last` months that were closed (five days after their end) on `day`, newest first."""
    month, months = day.replace(day=1), []
    while len(months) < last:
        month = (month - timedelta(days=1)).replace(day=1)
        if next_month(month) + timedelta(days=5) <= day + timedelta(days=1):
            months.append(month)
    return months


def next_month(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)
