"""The whole demo, once and for all nights: built from a seed, then shown as each delivery would have seen it.

Belongs here: the order in which the parts are made. Every part draws from its own stream of random numbers, so that a
change to one leaves the others as they were.
"""

from __future__ import annotations

import logging
import zlib
from dataclasses import dataclass

import numpy as np

from pipelines.demo import coaching, stories
from pipelines.demo.clock import NEVER, Calendar, Floats, Ints
from pipelines.demo.coaching import Monthly, Sessions
from pipelines.demo.company import Company, hire
from pipelines.demo.deals import Deals, make_deals
from pipelines.demo.funnel import Handoffs, Leads, make_handoffs, make_leads
from pipelines.demo.portfolio import Portfolio, make_portfolio, make_rates
from pipelines.demo.touches import Touches, plan_touches

log = logging.getLogger("podium.demo")


@dataclass(frozen=True)
class World:
    """Everything but the activities, which are made in chunks as they are written."""

    calendar: Calendar
    company: Company
    leads: Leads
    converted: Ints  # per lead: when its first accepted hand-off was decided, or NEVER
    handoffs: Handoffs
    deals: Deals
    portfolio: Portfolio
    touches: Touches
    sessions: Sessions
    targets: Monthly
    pay: Monthly
    rate_days: Ints
    rates: Floats


@dataclass(frozen=True)
class Size:
    """How large a demo is."""

    people: int
    months: int
    activities: int
    leads: int
    qualified: float  # share of the leads

    @classmethod
    def of(cls, people: int, months: int, activities: int | None) -> Size:
        """Leads follow the activities; so does the company where there are very many."""
        usual = round(people * months * stories.ACTIVITIES_PER_PERSON_MONTH)
        total = usual if activities is None else activities
        leads = max(total // stories.ACTIVITIES_PER_LEAD_AT_SCALE, min(usual, total) // stories.ACTIVITIES_PER_LEAD)
        people = max(people, total // stories.ACTIVITIES_PER_PERSON_AT_SCALE)
        workable = people * months * stories.ACTIVITIES_PER_PERSON_MONTH / stories.ACTIVITIES_PER_LEAD
        qualified = stories.QUALIFIED * min(1.0, max(workable / leads, stories.LEAST_QUALIFIED / stories.QUALIFIED))
        return cls(people, months, total, leads, qualified)


def build(size: Size, seed: int) -> World:
    """The world of a size and a seed."""
    calendar = Calendar.of(size.months)
    company = hire(size.people, calendar, stream(seed, "people"))
    taught, lift = coaching.teach(company, calendar)
    leads = make_leads(company, calendar, size.leads, size.qualified, lift, stream(seed, "leads"))
    handoffs = make_handoffs(company, calendar, leads, stream(seed, "handoffs"))
    deals = make_deals(company, calendar, leads, handoffs, stream(seed, "deals"))
    log.info("%d people, %s leads, %s hand-offs, %s deals", size.people, *_counts(leads, handoffs, deals))
    portfolio = make_portfolio(company, calendar, deals, handoffs.size, stream(seed, "portfolio"))
    rows = taught + coaching.console(company, calendar, handoffs, taught, stream(seed, "consoled"))
    rows += coaching.one_on_ones(company, calendar, stream(seed, "one on ones"))
    sessions = coaching.as_sessions(rows, stream(seed, "sessions"))
    touch_seed = (seed, zlib.crc32(b"touches"))
    plan = stream(seed, "plan of touches")
    touches = plan_touches(company, calendar, size.activities, leads, deals, portfolio.owners, touch_seed, plan)
    rate_days, rates = make_rates(calendar, stream(seed, "rates"))
    return World(
        calendar=calendar,
        company=company,
        leads=leads,
        converted=_converted(leads, handoffs),
        handoffs=handoffs,
        deals=deals,
        portfolio=portfolio,
        touches=touches,
        sessions=sessions,
        targets=coaching.make_targets(company, calendar, handoffs, deals),
        pay=coaching.make_pay(company, calendar, sessions, stream(seed, "pay")),
        rate_days=rate_days,
        rates=rates,
    )


def stream(seed: int, name: str) -> np.random.Generator:
    """Random numbers of one part of the world."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(name.encode())])))


def _counts(*parts: Leads | Handoffs | Deals) -> list[str]:
    return [f"{part.size:,}" for part in parts]


def _converted(leads: Leads, handoffs: Handoffs) -> Ints:
    converted = np.full(leads.size, NEVER)
    known = handoffs.accepted & (handoffs.lead >= 0)
    np.minimum.at(converted, handoffs.lead[known], handoffs.decided[known])
    return converted
