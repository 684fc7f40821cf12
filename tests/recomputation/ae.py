"""ae_ranking: who closes, given what they were handed."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from types import SimpleNamespace

from tests.recomputation.books import Books
from tests.recomputation.cohort import Mix, Window, cohort_tally, window_of
from tests.recomputation.crm import Crm
from tests.recomputation.deals import Deal
from tests.recomputation.money import cents, convert, total
from tests.recomputation.people import sessions_with
from tests.recomputation.periods import Period, company_date, utc_midnight
from tests.recomputation.quality import FirstWin, first_wins, in_quality_window
from tests.recomputation.ratios import Row, blank_unknown, median_of, ratio

KEY = "ae_id"

HANDOFFS, DEALS = ("handoffs",), ("opportunities",)
NEEDS = {
    **dict.fromkeys(("offered", "accepted", "rejected", "undecided"), HANDOFFS),
    **dict.fromkeys(("deals_worked", "deals_won", "deals_lost", "deals_decided", "deals_without_close_time"), DEALS),
    **dict.fromkeys(("won_amount", "unconverted_deals", "close_rate_worked", "close_rate_decided"), DEALS),
    **dict.fromkeys(("close_horizon_days", "cohort_start", "cohort_end", "cohort_deals", "cohort_won"), DEALS),
    **dict.fromkeys(("close_rate", "median_cycle_days", "average_deal"), DEALS),
    **dict.fromkeys(("expected_wins", "close_rate_adjusted", "shared_deals", "mix_identified"), DEALS),
    "offers_cohort": HANDOFFS,
    **dict.fromkeys(("offers_won", "offered_yield"), HANDOFFS + DEALS),
    "slips": (*DEALS, "opportunity_history"),
    **dict.fromkeys(("quality_accounts", "quality_accounts_active", "deal_quality"), (*DEALS, "invoices")),
    **dict.fromkeys(("rejected_with_reason", "reason_rate"), HANDOFFS),
    **dict.fromkeys(("sdr_sessions", "ae_sessions", "sessions_received"), ("coaching_sessions",)),
}


class Ae:
    """Counts of one CRM, period by period."""

    def __init__(self, crm: Crm, books: Books) -> None:
        self.crm = crm
        self.books = books
        self.first_wins = first_wins(crm)
        self.won_handoffs: dict[str, list[Deal]] = defaultdict(list)
        for deal in crm.deals:
            if deal.is_won and deal.handoff is not None:
                self.won_handoffs[deal.handoff.handoff_id].append(deal)

    def rows(self, period: Period) -> list[Row]:
        """One row per person who was an AE in the period or is credited with something in it."""
        window = window_of(self.crm, period)
        closed = [deal for deal in self.crm.deals if period.holds(deal.close_on)]
        cohort = [deal for deal in self.crm.deals if window.holds(deal.accept_on)]
        mix = Mix(cohort_tally(self.crm, window, cohort))
        handoffs = [h for h in self.crm.handoffs if period.holds(h.sent_on)]
        offers = [h for h in self.crm.handoffs if window.holds(h.sent_on)]
        untimed = [d for d in self.crm.deals if d.is_closed and d.close_at is None and period.holds(d.created_on)]
        worked = [(deal, self._workers(deal, period)) for deal in self.crm.deals]
        new = in_quality_window(self.first_wins, period)
        people = self.crm.roles.holders("AE", period).union(*(who for _, who in worked))
        people |= {h.ae_id for h in handoffs + offers} | {deal.accept_ae for deal in cohort}
        people |= {str(deal.owner_at_close) for deal in untimed} | {win.ae for win in new}
        rows = [
            {
                **period.columns,
                **self.crm.roles.columns(KEY, ae, "AE", period, self.crm.names),
                **_offers([h for h in handoffs if h.ae_id == ae]),
                "deals_without_close_time": sum(deal.owner_at_close == ae for deal in untimed),
                **self._closes(
                    [deal for deal in closed if deal.owner_at_close == ae], sum(ae in who for _, who in worked)
                ),
                "close_horizon_days": window.horizon,
                "cohort_start": window.start,
                "cohort_end": window.end,
                **mix.columns(ae),
                **self._offered_yield([h for h in offers if h.ae_id == ae], window),
                "slips": sum(self._slips(deal, period) for deal, who in worked if ae in who),
                **self._quality([win for win in new if win.ae == ae]),
                **self._sessions(ae, period),
            }
            for ae in sorted(people)
        ]
        return [blank_unknown(row, NEEDS, self.crm.delivered) for row in rows]

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
            "deals_decided": len(closed),
            "won_amount": won_amount,
            "unconverted_deals": len(with_amount) - len(amounts),
            "close_rate_worked": ratio(len(won), worked),
            "close_rate_decided": ratio(len(won), len(closed)),
            "median_cycle_days": median_of(deal.cycle_days for deal in won if deal.cycle_days is not None),
            "average_deal": cents(won_amount / len(amounts)) if amounts else None,
        }

    def _offered_yield(self, offers: list[SimpleNamespace], window: Window) -> Row:
        won = sum(
            any(deal.is_won_within(window.horizon, h.sent_at) for deal in self.won_handoffs.get(h.handoff_id, []))
            for h in offers
        )
        return {"offers_cohort": len(offers), "offers_won": won, "offered_yield": ratio(won, len(offers))}

    def _slips(self, deal: Deal, period: Period) -> int:
        """Calendar months by which the expected close was put off in the period; moves to earlier do not offset it."""
        said = [step for step in deal.history if step.expected_close_on is not None]
        zone = self.crm.config.company_time_zone
        return sum(
            max(0, _month_number(now.expected_close_on) - _month_number(before.expected_close_on))
            for before, now in pairwise(said)
            if period.holds(company_date(now.changed_at, zone))
        )

    def _quality(self, wins: list[FirstWin]) -> Row:
        active = sum(win.is_active(self.books) for win in wins)
        return {
            "quality_accounts": len(wins),
            "quality_accounts_active": active,
            "deal_quality": ratio(active, len(wins)),
        }

    def _sessions(self, ae: str, period: Period) -> Row:
        held = [s for s in self.crm.sessions if period.holds(s.held_on)]
        return {
            "sdr_sessions": sessions_with(self.crm.roles, held, ae, "SDR"),
            "ae_sessions": sessions_with(self.crm.roles, held, ae, "AE"),
            "sessions_received": sum(s.coachee_id == ae for s in held),
        }

    def _rate(self, deal: Deal) -> Decimal | None:
        return self.crm.rates.on(deal.row.currency, deal.close_on or date.min)


def _offers(handoffs: list[SimpleNamespace]) -> Row:
    decisions = [h.decision for h in handoffs]
    reasons = [h.reject_reason for h in handoffs if h.decision == "rejected"]
    with_reason = len(reasons) - reasons.count(None)
    return {
        "offered": len(handoffs),
        "accepted": decisions.count("accepted"),
        "rejected": len(reasons),
        "undecided": decisions.count(None),
        "rejected_with_reason": with_reason,
        "reason_rate": ratio(with_reason, len(reasons)),
    }


def _month_number(day: date) -> int:
    return day.year * 12 + day.month
