"""am_ranking and portfolio_bridge: whose portfolio grows, and how."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tests.recomputation.books import Books, Worth
from tests.recomputation.crm import Crm
from tests.recomputation.money import ZERO, total
from tests.recomputation.people import full_name
from tests.recomputation.periods import Period, add_months
from tests.recomputation.ratios import Row, blank_unknown, change, ratio

KEY = "am_id"
LINES_ADDED = ("expansion", "new", "reactivated", "transfer_in")
LINES_SUBTRACTED = ("contraction", "churn", "transfer_out")
INVOICES = ("invoices",)
NOTHING = Worth(ZERO, 0, frozenset())

NEEDS = {
    **dict.fromkeys(("accounts_opening", "accounts_closing", "opening", *LINES_ADDED, *LINES_SUBTRACTED), INVOICES),
    **dict.fromkeys(("fx", "closing", "unconverted_invoices", "kept_accounts", "retained_accounts"), INVOICES),
    **dict.fromkeys(("kept_opening", "kept_closing", "kept_capped", "portfolio_growth", "upsell_rate"), INVOICES),
    **dict.fromkeys(("nrr", "grr", "logo_retention"), INVOICES),
    "sessions_received": ("coaching_sessions",),
}


@dataclass(frozen=True)
class Account:
    """One account between the two ends of a period: in whose books, and worth what."""

    id: str
    am0: str | None
    am1: str | None
    at0: Worth
    at1: Worth
    at1_constant: Worth  # the second window at the first end's rates
    bought_before: bool  # a purchase before the first window


class Am:
    """Books of one CRM, period by period."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm
        self.books = Books(crm)
        self.known: dict[tuple[date, date], dict[str, Worth]] = {}

    def rows(self, period: Period) -> tuple[list[Row], list[Row]]:
        """Of one period: rows of am_ranking and rows of portfolio_bridge."""
        accounts = self._accounts(period)
        ams = {am for a in accounts for am in (a.am0, a.am1) if am is not None}
        ranking, bridge = [], []
        for am in sorted(ams | self.crm.roles.holders("AM", period)):
            own = [a for a in accounts if am in (a.am0, a.am1)]
            lines = self._bridge(am, own, period)
            bridge += lines
            ranking.append(self._ranking_row(am, own, lines, period))
        return ranking, bridge

    def _worths(self, end: date, rates_of: date) -> dict[str, Worth]:
        if (end, rates_of) not in self.known:
            self.known[end, rates_of] = self.books.worths(end, rates_of)
        return self.known[end, rates_of]

    def _accounts(self, period: Period) -> list[Account]:
        at0 = self._worths(period.start, period.start)
        at1 = self._worths(period.cut, period.cut)
        constant = self._worths(period.cut, period.start)
        book0, book1 = self.books.book(period.start, at0), self.books.book(period.cut, at1)
        return [
            Account(
                account,
                book0.get(account),
                book1.get(account),
                at0.get(account, NOTHING),
                at1.get(account, NOTHING),
                constant.get(account, NOTHING),
                self.books.bought_before(account, add_months(period.start, -12)),
            )
            for account in sorted(set(book0) | set(book1))
        ]

    def _bridge(self, am: str, own: list[Account], period: Period) -> list[Row]:
        top = _top([a for a in own if _is_kept(a, am)])
        team = self.crm.roles.columns(KEY, am, "AM", period, self.crm.names)["team"]
        rows = []
        for a in own:
            line, amount, other = _line(a, am)
            in_both = a.am0 == a.am1 == am
            rows.append(
                {
                    **period.columns,
                    KEY: am,
                    "full_name": full_name(am, self.crm.names),
                    "team": team,
                    "account_id": a.id,
                    "account_segment": self.books.segments.get(a.id),
                    "in_opening": a.am0 == am,
                    "in_closing": a.am1 == am,
                    "r0": a.at0.value,
                    "r1": a.at1.value,
                    "r1c": a.at1_constant.value,
                    "line": line,
                    "line_amount": amount,
                    "fx": a.at1.value - a.at1_constant.value if in_both else ZERO,
                    "is_kept": _is_kept(a, am),
                    "is_top": a.id in top,
                    "purchases_0": a.at0.purchases,
                    "purchases_1": a.at1.purchases,
                    "other_am_id": other,
                }
            )
        return rows

    def _ranking_row(self, am: str, own: list[Account], lines: list[Row], period: Period) -> Row:
        opening = total(line["r0"] for line in lines if line["in_opening"])
        closing = total(line["r1"] for line in lines if line["in_closing"])
        moved = {
            name: abs(total(line["line_amount"] for line in lines if line["line"] == name))
            for name in LINES_ADDED + LINES_SUBTRACTED
        }
        return {
            **period.columns,
            **self.crm.roles.columns(KEY, am, "AM", period, self.crm.names),
            "accounts_opening": sum(line["in_opening"] for line in lines),
            "accounts_closing": sum(line["in_closing"] for line in lines),
            "opening": opening,
            **moved,
            "fx": total(line["fx"] for line in lines),
            "closing": closing,
            "unconverted_invoices": sum(len(a.at0.unconverted | a.at1.unconverted) for a in own),
            **_kept_book([a for a in own if _is_kept(a, am)]),
            "portfolio_growth": ratio(closing - opening, opening),
            "sessions_received": sum(s.coachee_id == am and period.holds(s.held_on) for s in self.crm.sessions),
        }


def _is_kept(a: Account, am: str) -> bool:
    return a.am0 == a.am1 == am and a.at0.value > 0


def _line(a: Account, am: str) -> tuple[str, Decimal, str | None]:
    """The one bridge line an account of `am` falls in: name, signed amount, the other AM of a transfer."""
    r0, r1, r1c = a.at0.value, a.at1.value, a.at1_constant.value
    arrival = "reactivated" if a.bought_before else "new"
    if a.am1 != am:
        return ("transfer_out", -r0, a.am1) if a.am1 else ("churn", -r0, None)
    if a.am0 != am:
        return ("transfer_in", r1, a.am0) if a.am0 else (arrival, r1, None)
    if r0 == r1c:
        return ("unchanged" if r0 > 0 else "inactive"), ZERO, None
    if r0 == 0:
        return arrival, r1c, None
    if r1c == 0:
        return "churn", -r0, None
    return ("expansion" if r1c > r0 else "contraction"), r1c - r0, None


def _top(kept: list[Account]) -> set[str]:
    """The fewest largest accounts that cover half of the kept opening value; ties by account id."""
    half = total(a.at0.value for a in kept) / 2
    covered, top = ZERO, set()
    for a in sorted(kept, key=lambda a: (-a.at0.value, a.id)):
        if covered >= half:
            break
        covered += a.at0.value
        top.add(a.id)
    return top


def _kept_book(kept: list[Account]) -> dict[str, Any]:
    """How the clients that were already there and stayed in the book did, at constant currency."""
    opening = total(a.at0.value for a in kept)
    closing = total(a.at1_constant.value for a in kept)
    capped = total(min(a.at0.value, a.at1_constant.value) for a in kept)
    retained = sum(a.at1_constant.value > 0 for a in kept)
    return {
        "kept_accounts": len(kept),
        "retained_accounts": retained,
        "kept_opening": opening,
        "kept_closing": closing,
        "kept_capped": capped,
        "upsell_rate": change(closing, opening),
        "nrr": ratio(closing, opening),
        "grr": ratio(capped, opening),
        "logo_retention": ratio(retained, len(kept)),
    }


def finish(row: Row, before: Row | None, delivered: set[str]) -> Row:
    """The row with unknown columns blanked."""
    return blank_unknown(row, NEEDS, delivered)
