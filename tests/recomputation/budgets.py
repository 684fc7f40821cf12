"""coaching_budget: what a day without selling costs somebody, and what the coaching of the same months has to bring."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from statistics import median
from types import SimpleNamespace

from tests.recomputation.books import Books
from tests.recomputation.crm import Crm
from tests.recomputation.deals import Deal
from tests.recomputation.money import cents, convert, total
from tests.recomputation.people import full_name
from tests.recomputation.periods import Period, add_months, days_of_month
from tests.recomputation.ratios import Row, blank_unknown, ratio

ROLES = ("SDR", "AE", "AM")
MONTHS = 6
MINUTES_A_DAY = 480
NEEDS = dict.fromkeys(
    ("coaching_days", "coaching_cost", "coachees", "coachee_volume", "break_even"), "coaching_sessions"
)
SELLS_BY = {"SDR": {"opportunities", "handoffs"}, "AE": {"opportunities"}, "AM": {"invoices"}}


@dataclass(frozen=True)
class Pay:
    """A month of somebody's in base currency; `days` counts to the thousandth."""

    amount: Decimal
    days: Fraction

    @property
    def per_day(self) -> Decimal | None:
        return per_day(self.amount, self.days)


class Budgets:
    """coaching_budget of one CRM."""

    def __init__(self, crm: Crm, books: Books) -> None:
        self.crm = crm
        self.books = books
        # (user, role) -> month -> pay
        self.paid: dict[tuple[str, str], dict[date, Pay]] = defaultdict(dict)
        complete = self._complete_months()
        window = sorted({month for _, month in complete})[-MONTHS:]
        for (user, month), row in complete.items():
            role = self._role(user, month)
            rate = crm.rates.on(row.currency, last_day(month))
            if month in window and role and rate is not None:
                days = Fraction(round(row.selling_days * 1000), 1000)
                self.paid[user, role][month] = Pay(cents(convert(row.amount, rate)), days)

    def rows(self) -> list[Row]:
        return [self._row(user, role, months) for (user, role), months in self.paid.items()]

    def _complete_months(self) -> Mapping[tuple[str, date], SimpleNamespace]:
        """Of each person and month that is over the row for the latest day."""
        found = {}
        for row in sorted(self.crm.pay, key=lambda row: row.month):
            if last_day(row.month) <= self.crm.as_of:
                found[row.user_id, row.month.replace(day=1)] = row
        return found

    def _role(self, user: str, month: date) -> str | None:
        """The role held longest in the month; of equals the first of ROLES."""
        period = Period("month", month, add_months(month, 1), add_months(month, 1))
        days = {role: len(self.crm.roles.in_period(user, role, period)) for role in ROLES}
        return max(ROLES, key=lambda role: days[role]) if any(days.values()) else None

    def _row(self, user: str, role: str, months: Mapping[date, Pay]) -> Row:
        last = max(months)
        pay, days = total(p.amount for p in months.values()), sum((p.days for p in months.values()), Fraction(0))
        loss = per_day(pay, days)
        each = [p.per_day for p in months.values() if p.per_day is not None]
        premium = Fraction(round(self.crm.config.coaching_premium * 10000), 10000)
        paid = None if loss is None else rounded(Fraction(loss) * (1 + premium))
        sessions = [s for s in self.crm.sessions if s.coach_id == user and s.held_on.replace(day=1) in months]
        minutes = sum(s.minutes or 0 for s in sessions)
        cost = None if paid is None else rounded(Fraction(paid) * minutes / MINUTES_A_DAY)
        volume = self._volume(sessions, months)
        row = {
            "user_id": user,
            "full_name": full_name(user, self.crm.names),
            "role": role,
            "team": self._team(user, role, last),
            "first_month": min(months),
            "last_month": last,
            "months": len(months),
            "variable_pay": pay,
            "selling_days": float(days),
            "loss_per_day": loss,
            "loss_per_day_median_month": rounded(median(map(Fraction, each))) if each else None,
            "loss_per_day_best_month": max(each, default=None),
            "premium": self.crm.config.coaching_premium,
            "pay_per_day": paid,
            "coaching_days": minutes / MINUTES_A_DAY,
            "coaching_cost": cost,
            "coachees": len({s.coachee_id for s in sessions}),
            "coachee_volume": volume,
            "break_even": ratio(cost, volume),
        }
        return blank_unknown(row, {name: (entity,) for name, entity in NEEDS.items()}, self.crm.delivered)

    def _team(self, user: str, role: str, month: date) -> str | None:
        held = self.crm.roles.days[user, role]
        return held[max(day for day in held if day.replace(day=1) == month)].team

    def _volume(self, sessions: list[SimpleNamespace], months: Mapping[date, Pay]) -> Decimal | None:
        """What those coached sell, in the role they held on a day of coaching; None if nobody knows."""
        coached = {
            (s.coachee_id, r) for s in sessions for r in ROLES if self.crm.roles.held(s.coachee_id, r, s.held_on)
        }
        if any(SELLS_BY[role] - self.crm.delivered for _, role in coached):
            return None
        won = [d for d in self.crm.deals if d.is_won and d.close_on and d.close_on.replace(day=1) in months]
        amounts = [self._amount(deal) for deal in won if _sellers(deal) & coached]
        end = add_months(max(months), 1)
        worths = self.books.worths(end, end)
        owned = [a for a, am in self.books.book(end, worths).items() if (am, "AM") in coached]
        return total([*amounts, *(worths[account].value for account in owned if account in worths)])

    def _amount(self, deal: Deal) -> Decimal:
        rate = self.crm.rates.on(deal.row.currency, deal.close_on) if deal.close_on else None
        return Decimal("0.00") if deal.row.amount is None or rate is None else cents(convert(deal.row.amount, rate))


def _sellers(deal: Deal) -> set[tuple[str | None, str]]:
    """Who is credited with a won deal, and as what."""
    return {(deal.owner_at_close, "AE"), (deal.handoff.sdr_id if deal.handoff else None, "SDR")}


def last_day(day: date) -> date:
    return day.replace(day=1) + timedelta(days=days_of_month(day) - 1)


def per_day(amount: Decimal, days: Fraction) -> Decimal | None:
    return rounded(Fraction(amount) / days) if days else None


def rounded(amount: Fraction) -> Decimal:
    """Half away from zero to cents."""
    whole = floor(abs(amount) * 100 + Fraction(1, 2))
    return Decimal(whole if amount >= 0 else -whole).scaleb(-2)
