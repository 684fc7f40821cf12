"""What became of the accounts that were won: whether and how much they bought in the half year after the close."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from tests.recomputation.books import Books, survivor
from tests.recomputation.crm import Crm
from tests.recomputation.periods import Period

OLDEST_DAYS, YOUNGEST_DAYS = 545, 180
LATER_DAYS = (91, 180)  # after the close, both included


@dataclass(frozen=True)
class FirstWin:
    """The first deal an account was won with."""

    account: str  # survivor of merges
    ae: str
    close_on: date

    def is_active(self, books: Books) -> bool:
        """Whether the account bought something 91 to 180 days after the close."""
        first, last = (self.close_on + timedelta(days=days) for days in LATER_DAYS)
        return any(i.amount > 0 and first <= i.invoiced_on <= last for i in books.invoices.get(self.account, []))


def first_wins(crm: Crm) -> list[FirstWin]:
    """One per account that was ever won: the earliest close, of equals the smallest opportunity id."""
    won = [deal for deal in crm.deals if deal.is_won and deal.close_at is not None and deal.row.account_id is not None]
    first: dict[str, FirstWin] = {}
    for deal in sorted(won, key=lambda deal: (deal.close_at, deal.row.opportunity_id)):
        account = survivor(deal.row.account_id, crm.merges)
        assert deal.close_on is not None
        first.setdefault(account, FirstWin(account, str(deal.owner_at_close), deal.close_on))
    return list(first.values())


def in_quality_window(wins: list[FirstWin], period: Period) -> list[FirstWin]:
    """Those old enough at the period's cut to have shown what they buy."""
    start, end = (period.cut - timedelta(days=days) for days in (OLDEST_DAYS, YOUNGEST_DAYS))
    return [win for win in wins if start <= win.close_on < end]
