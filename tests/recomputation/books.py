"""Whose account was it, and what was it worth: ownership of accounts as of a date and values of invoices.

Everything is per survivor of merges. Comparing two dates is am.py's work.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

from tests.recomputation.crm import Crm
from tests.recomputation.money import ZERO, cents, convert, total
from tests.recomputation.people import UNASSIGNED
from tests.recomputation.periods import add_months

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Worth:
    """An account's invoices of the window that ends at a date."""

    value: Decimal  # base currency, cents, never negative
    purchases: int  # invoices above zero
    unconverted: frozenset[str]  # ids of invoices without a usable rate


class Books:
    """Books and values of one CRM at any date up to the day after the as-of date."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm
        known = {account.account_id for account in crm.accounts}
        referenced = {i.account_id for i in crm.invoices} | {o.account_id for o in crm.account_owners}
        self.survivors = {a: survivor(a, crm.merges) for a in known | referenced | set(crm.merges)}
        self.segments = {a.account_id: a.segment for a in crm.accounts}
        self.owners: dict[str, list[SimpleNamespace]] = defaultdict(list)
        for owner in crm.account_owners:
            is_survivor = self.survivors[owner.account_id] == owner.account_id
            if is_survivor and (owner.valid_to is None or owner.valid_to > owner.valid_from):
                self.owners[owner.account_id].append(owner)
        self.invoices: dict[str, list[SimpleNamespace]] = defaultdict(list)
        for invoice in sorted(crm.invoices, key=_invoiced_on):
            self.invoices[self.survivors[invoice.account_id]].append(invoice)

    def book(self, end: date, worths: dict[str, Worth]) -> dict[str, str]:
        """Account -> AM in whose book it is at `end`, that is on the day before; `worths` are those at `end`."""
        holders = {}
        for account in set(self.owners) | set(self.invoices):
            holder = self._holder(account, end - DAY)
            if holder is None and account in worths and worths[account].value > 0:
                holder = UNASSIGNED
            if holder is not None:
                holders[account] = holder
        return holders

    def _holder(self, account: str, day: date) -> str | None:
        """The owner on `day`; of an account nobody owns the last owner, while that person is an AM."""
        begun = [owner for owner in self.owners.get(account, []) if owner.valid_from <= day]
        if not begun:
            return None
        last_owned = max(min(day, (owner.valid_to or date.max) - DAY) for owner in begun)
        holder = _owner_on(begun, last_owned)
        if last_owned == day or self.crm.roles.held(holder, "AM", day):
            return holder
        return None

    def first_owner(self, account: str, since: date, end: date) -> tuple[date, str] | None:
        """(day, owner) of the first day in `[since, end)` on which anybody owns the account."""
        owners = [o for o in self.owners.get(account, []) if o.valid_to is None or o.valid_to > since]
        days = [max(owner.valid_from, since) for owner in owners]
        first = min(days, default=end)
        return (first, _owner_on(owners, first)) if first < end else None

    def worths(self, end: date, rates_of: date) -> dict[str, Worth]:
        """Every account with invoices in the window to `end`, at the rates of the day before `rates_of`.

        A currency without a rate then is taken at the rate of the day before `end`.
        """
        start, until = self._window(end)
        worths = {}
        for account, invoices in self.invoices.items():
            first, last = (bisect_left(invoices, day, key=_invoiced_on) for day in (start, until))
            worths[account] = self._worth(invoices[first:last], rates_of - DAY, end - DAY)
        return worths

    def _window(self, end: date) -> tuple[date, date]:
        if self.crm.config.portfolio_value == "recurring_month":
            this_month = end.replace(day=1)
            return add_months(this_month, -1), this_month
        return add_months(end, -12), end

    def _worth(self, invoices: list[SimpleNamespace], rate_day: date, fallback_day: date) -> Worth:
        if self.crm.config.portfolio_value == "recurring_month":
            invoices = [i for i in invoices if i.kind == "recurring"]
        by_currency: dict[str, list[SimpleNamespace]] = defaultdict(list)
        for invoice in invoices:
            by_currency[invoice.currency].append(invoice)
        amounts, unconverted = [], set()
        for currency, group in by_currency.items():
            rate = self.crm.rates.on(currency, rate_day)
            rate = rate if rate is not None else self.crm.rates.on(currency, fallback_day)
            if rate is None:
                unconverted |= {i.invoice_id for i in group}
            else:
                # One rate for the whole window: converting the sum is converting each, exactly.
                amounts.append(convert(total(i.amount for i in group), rate))
        value = max(ZERO, cents(total(amounts)))
        return Worth(value, sum(i.amount > 0 for i in invoices), frozenset(unconverted))

    def first_purchase(self, account: str) -> date | None:
        """The day of the first invoice above zero."""
        return next((i.invoiced_on for i in self.invoices.get(account, []) if i.amount > 0), None)

    def spent(self, account: str, start: date, until: date, rates_of: date) -> Decimal:
        """Value of all invoices in `[start, until)` at the rates of the day before `rates_of`; never negative."""
        invoices = [i for i in self.invoices.get(account, []) if start <= i.invoiced_on < until]
        rates = [(i, self.crm.rates.on(i.currency, rates_of - DAY)) for i in invoices]
        return max(ZERO, cents(total(convert(i.amount, rate) for i, rate in rates if rate is not None)))

    def bought_before(self, account: str, day: date) -> bool:
        """Whether the account had a purchase before `day`."""
        return (self.first_purchase(account) or date.max) < day


def _invoiced_on(invoice: SimpleNamespace) -> date:
    return invoice.invoiced_on


def survivor(account: str, merges: dict[str, str]) -> str:
    """The last one an account was merged into; members of a cycle stay themselves."""
    path = [account]
    while path[-1] in merges:
        following = merges[path[-1]]
        if following in path:
            return following
        path.append(following)
    return path[-1]


def _owner_on(owners: list[SimpleNamespace], day: date) -> str:
    """Of those who own on `day`: newest valid_from, then updated_at, then the greater am_id."""
    present = [
        owner for owner in owners if owner.valid_from <= day and (owner.valid_to is None or day < owner.valid_to)
    ]
    return max(present, key=lambda owner: (owner.valid_from, owner.updated_at, owner.am_id)).am_id
