"""ae_ranking: who closes, given what they were handed."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

from tests.recomputation.crm import Crm
from tests.recomputation.deals import Deal
from tests.recomputation.money import cents, convert, total
from tests.recomputation.periods import Period, add_months, utc_midnight
from tests.recomputation.ratios import Row, blank_unknown, median_of, ratio

KEY = "ae_id"
MIN_WINS, SHORTEST_HORIZON, USUAL_HORIZON = 20, 30, 90

HANDOFFS, DEALS = ("handoffs",), ("opportunities",)
NEEDS = {
    **dict.fromkeys(("offered", "accepted", "rejected", "undecided"), HANDOFFS),
    **dict.fromkeys(("deals_worked", "deals_won", "deals_lost", "deals_without_close_time"), DEALS),
    **dict.fromkeys(("won_amount", "unconverted_deals", "close_rate_worked", "close_rate_decided"), DEALS),
    **dict.fromkeys(("close_horizon_days", "cohort_start", "cohort_end", "cohort_deals", "cohort_won"), DEALS),
    **dict.fromkeys(("close_rate", "median_cycle_days", "average_deal"), DEALS),
    "sessions_received": ("coaching_sessions",),
}


class Ae:
    """Counts of one CRM, period by period."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm

    def rows(self, period: Period) -> list[Row]:
        """One row per person who was an AE in the period or is credited with something in it."""
        horizon = self._horizon(period)
        cohort_end = period.cut - timedelta(days=horizon)
        cohort_start = cohort_end - timedelta(days=self.crm.config.close_window_days)
        closed = [deal for deal in self.crm.deals if period.holds(deal.close_on)]
        cohort = [deal for deal in self.crm.deals if cohort_start <= deal.accept_on < cohort_end]
        handoffs = [h for h in self.crm.handoffs if period.holds(h.sent_on)]
        untimed = [d for d in self.crm.deals if d.is_closed and d.close_at is None and period.holds(d.created_on)]
        worked_by = [self._workers(deal, period) for deal in self.crm.deals]
        people = self.crm.roles.holders("AE", period).union(*worked_by)
        people |= {h.ae_id for h in handoffs} | {deal.accept_ae for deal in cohort}
        people |= {str(deal.owner_at_close) for deal in untimed}
        return [
            {
                **period.columns,
                **self.crm.roles.columns(KEY, ae, "AE", period, self.crm.names),
                **_offers([h for h in handoffs if h.ae_id == ae]),
                "deals_without_close_time": sum(deal.owner_at_close == ae for deal in untimed),
                **self._closes([d for d in closed if d.owner_at_close == ae], sum(ae in who for who in worked_by)),
                "close_horizon_days": horizon,
                "cohort_start": cohort_start,
                "cohort_end": cohort_end,
                **_cohort([deal for deal in cohort if deal.accept_ae == ae], horizon),
                "sessions_received": sum(s.coachee_id == ae and period.holds(s.held_on) for s in self.crm.sessions),
            }
            for ae in sorted(people)
        ]

    def _horizon(self, period: Period) -> int:
        """H: the 90 % point of the days from acceptance to win, over the wins of the two years to the cut."""
        if self.crm.config.close_horizon_days:
            return self.crm.config.close_horizon_days
        since = add_months(period.cut, -24)
        days = sorted(
            max(0.0, deal.cycle_days or 0.0)
            for deal in self.crm.deals
            if deal.is_won and deal.close_on is not None and since <= deal.close_on < period.cut
        )
        if len(days) < MIN_WINS:
            return USUAL_HORIZON
        # Binary fractions must not push a whole number of days up to the next one.
        return max(SHORTEST_HORIZON, math.ceil(round(quantile(days, 0.9), 9)))

    def _workers(self, deal: Deal, period: Period) -> set[str]:
        """Who owned the deal while it was open in the period, and who closed it in the period."""
        workers = {str(deal.owner_at_close)} if period.holds(deal.close_on) else set()
        if deal.is_closed and deal.close_at is None:
            return workers
        zone = self.crm.config.company_time_zone
        begin = max(deal.accept_at, utc_midnight(period.start, zone))
        end = min(deal.close_at or datetime.max, utc_midnight(period.cut, zone))
        begins = [datetime.min] + [since for since, _ in deal.owners[1:]]
        ends = [*begins[1:], datetime.max]
        for (_, who), since, until in zip(deal.owners, begins, ends, strict=True):
            if max(since, begin) < min(until, end):
                workers.add(who)
        return workers

    def _closes(self, closed: list[Deal], worked: int) -> Row:
        won = [deal for deal in closed if deal.is_won]
        with_amount = [deal for deal in won if deal.row.amount is not None]
        rates = [(deal, self._rate(deal)) for deal in with_amount]
        amounts = [cents(convert(deal.row.amount, rate)) for deal, rate in rates if rate is not None]
        won_amount = total(amounts)
        return {
            "deals_worked": worked,
            "deals_won": len(won),
            "deals_lost": len(closed) - len(won),
            "won_amount": won_amount,
            "unconverted_deals": len(with_amount) - len(amounts),
            "close_rate_worked": ratio(len(won), worked),
            "close_rate_decided": ratio(len(won), len(closed)),
            "median_cycle_days": median_of(deal.cycle_days for deal in won if deal.cycle_days is not None),
            "average_deal": cents(won_amount / len(amounts)) if amounts else None,
        }

    def _rate(self, deal: Deal) -> Decimal | None:
        return self.crm.rates.on(deal.row.currency, deal.close_on or date.min)


def _offers(handoffs: list[SimpleNamespace]) -> Row:
    decisions = [h.decision for h in handoffs]
    return {
        "offered": len(handoffs),
        "accepted": decisions.count("accepted"),
        "rejected": decisions.count("rejected"),
        "undecided": decisions.count(None),
    }


def _cohort(deals: list[Deal], horizon: int) -> Row:
    in_time = timedelta(days=horizon)
    won = sum(deal.is_won and deal.close_at is not None and deal.close_at - deal.accept_at <= in_time for deal in deals)
    return {"cohort_deals": len(deals), "cohort_won": won, "close_rate": ratio(won, len(deals))}


def quantile(ordered: list[float], share: float) -> float:
    """Linear between the two nearest of the ordered values, as quantile_cont."""
    position = share * (len(ordered) - 1)
    below = math.floor(position)
    above = math.ceil(position)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def finish(row: Row, before: Row | None, delivered: set[str]) -> Row:
    """The row with unknown columns blanked."""
    return blank_unknown(row, NEEDS, delivered)
