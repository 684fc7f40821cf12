"""am_ranking and portfolio_bridge: whose portfolio grows, and how."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.recomputation.books import Books, Worth
from tests.recomputation.crm import Crm
from tests.recomputation.kept import Account, add_variances, kept_book, top_accounts
from tests.recomputation.money import ZERO, total
from tests.recomputation.people import full_name, sessions_with
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
    **dict.fromkeys(("retention_effect", "tilt_effect", "upsell_effect"), INVOICES),
    **dict.fromkeys(("frequency_effect", "ticket_effect"), INVOICES),
    **dict.fromkeys(("top_accounts", "top_opening", "top_capped", "top_client_retention"), INVOICES),
    **dict.fromkeys(("tail_accounts", "tail_retained_accounts", "tail_logo_retention"), INVOICES),
    **dict.fromkeys(("lifetime_accounts", "lifetime_first_value", "lifetime_last_value"), INVOICES),
    **dict.fromkeys(("lifetime_growth", "archetype", "coaching_focus"), INVOICES),
    **dict.fromkeys(("ae_sessions", "am_sessions", "sessions_received"), ("coaching_sessions",)),
}


class Am:
    """Books of one CRM, period by period."""

    def __init__(self, crm: Crm, books: Books) -> None:
        self.crm = crm
        self.books = books
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
            row = self._ranking_row(am, own, lines, period)
            ranking.append(blank_unknown(row, NEEDS, self.crm.delivered))
        add_variances(ranking, KEY)
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
        top = top_accounts([a for a in own if a.is_kept_by(am)])
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
                    "is_kept": a.is_kept_by(am),
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
            **kept_book([a for a in own if a.is_kept_by(am)]),
            "portfolio_growth": ratio(closing - opening, opening),
            **self._lifetimes([a.id for a in own if a.am1 == am], period.cut),
            **self._sessions(am, period),
        }

    def _lifetimes(self, accounts: list[str], end: date) -> Row:
        """The last year beside the first, of clients in the closing book who first bought at least two years ago."""
        begun = {account: self.books.first_purchase(account) for account in accounts}
        old = {account: day for account, day in begun.items() if day and day <= add_months(end, -24)}
        first = total(self.books.spent(account, day, add_months(day, 12), end) for account, day in old.items())
        last = total(self.books.spent(account, add_months(end, -12), end, end) for account in old)
        return {
            "lifetime_accounts": len(old),
            "lifetime_first_value": first,
            "lifetime_last_value": last,
            "lifetime_growth": change(last, first),
        }

    def _sessions(self, am: str, period: Period) -> Row:
        held = [s for s in self.crm.sessions if period.holds(s.held_on)]
        return {
            "ae_sessions": sessions_with(self.crm.roles, held, am, "AE"),
            "am_sessions": sessions_with(self.crm.roles, held, am, "AM"),
            "sessions_received": sum(s.coachee_id == am for s in held),
        }


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
