"""Leads and hand-offs: who takes on which lead, what becomes of it, and what the AEs decide.

Belongs here: everything up to an AE's decision. Does not: the deals that follow (deals.py), nor the calls (touches.py).
Moments are seconds since 1970; what lies past the last delivery is planned but never delivered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipelines.demo import stories
from pipelines.demo.clock import (
    DAY,
    NEVER,
    Bools,
    Calendar,
    Floats,
    Ints,
    days_of,
    is_working,
    moments,
    sorted_by,
)
from pipelines.demo.company import Company, holds, pick

MISSING_FIELDS = 0  # position in stories.REJECT_REASONS
CRITERIA = 4


@dataclass(frozen=True)
class Leads:
    """One entry per lead, by `created`. `fit` is hidden: it never leaves this package."""

    created: Ints
    sdr: Ints
    source: Ints
    segment: Ints
    fit: Floats
    working: Ints
    qualified: Ints
    criteria: Bools  # shape (leads, 4): budget, authority, need, timing, as found out when qualified
    dropped: Ints
    deleted: Ints

    @property
    def size(self) -> int:
        return self.created.size


@dataclass(frozen=True)
class Handoffs:
    """One entry per hand-off, by `sent`. An undecided one has `decided` NEVER."""

    sent: Ints
    lead: Ints  # -1 for a lead that no export holds
    sdr: Ints
    ae: Ints
    decided: Ints
    accepted: Bools
    reject_reason: Ints  # -1 for none given
    accept_reason: Ints

    @property
    def size(self) -> int:
        return self.sent.size


def logistic(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)))


def shares(table: Mapping[str, tuple[float, float]]) -> Floats:
    """First figures of a table of stories, summing to 1."""
    weights = np.array([share for share, _ in table.values()])
    return np.asarray(weights / weights.sum())


def daily_counts(weights: Floats, total: int, rng: np.random.Generator) -> Ints:
    """`total` split at random over cells in proportion to their weights; same shape as `weights`."""
    chances = weights.ravel() / weights.sum()
    return np.asarray(rng.multinomial(total, chances)).reshape(weights.shape)


def lead_days(company: Company, calendar: Calendar) -> Floats:
    """Weight of every user (row) and day from start (column): how many leads they take on."""
    days = np.arange(calendar.start, calendar.end)
    usual = np.where(is_working(days), 1.0, stories.WEEKEND_LEADS)
    usual *= 1 + stories.LEADS_GROWTH * (days - calendar.start) / days.size
    weights = np.zeros((company.size, days.size))
    for spell in company.spells_of("SDR"):
        in_role = (days >= spell.start) & (days < spell.stop)
        learning = np.clip((days - spell.start + 30) / 90, 0.3, 1) if spell.start > calendar.start else 1.0
        weights[spell.user] += in_role * usual * learning * company.traits["leads"][spell.user]
    return weights


def make_leads(
    company: Company, calendar: Calendar, count: int, qualified: float, lift: Floats, rng: np.random.Generator
) -> Leads:
    """`count` leads, a share of them `qualified`. `lift`, shaped as `lead_days`, is added to their fit (coaching)."""
    counts = daily_counts(lead_days(company, calendar), count, rng)
    user, day = np.nonzero(counts)
    repeats = counts[user, day]
    sdr, day = np.repeat(user, repeats), np.repeat(day, repeats)
    created = moments(rng, calendar.start + day)
    born = sorted_by(created, created=created, sdr=sdr, lift=lift[sdr, day])
    source = rng.choice(len(stories.LEAD_SOURCES), count, p=shares(stories.LEAD_SOURCES))
    segment = rng.choice(len(stories.SEGMENTS), count, p=shares(stories.SEGMENTS))
    source_fit = np.array([fit for _, fit in stories.LEAD_SOURCES.values()])[source]
    fit = company.traits["fit"][born["sdr"]] + born["lift"] + source_fit
    fit += stories.LEAD_SPREAD * rng.standard_normal(count)
    fates = _fates(company, calendar, born["created"], born["sdr"], qualified, rng)
    chance = logistic(stories.CHANCE_CRITERION + stories.FIT_ON_CRITERIA * fit)
    criteria = rng.random((count, CRITERIA)) < chance[:, None]
    # Some leads come without a source; they still count.
    source = np.where(rng.random(count) < 0.01, -1, source)
    return Leads(born["created"], born["sdr"], source, segment, fit, criteria=criteria, **fates)


def _fates(
    company: Company, calendar: Calendar, created: Ints, sdr: Ints, share: float, rng: np.random.Generator
) -> dict[str, Ints]:
    """When each lead is worked, qualified or dropped, and the few that are deleted."""
    count = created.size
    working = created + rng.integers(300, 5_400, count)
    qualified_day = calendar.after(days_of(created), np.minimum(rng.geometric(0.25, count), 20))
    qualified = moments(rng, qualified_day)
    # A volume SDR qualifies as often as anybody: what suffers is what was found out, and with it the AE's verdict.
    does = (rng.random(count) < share) & holds(company, "SDR", sdr, qualified_day)
    qualified = np.where(does, qualified, NEVER)
    dropped_day = calendar.after(days_of(created), rng.integers(5, 25, count))
    dropped = np.where(does, NEVER, moments(rng, dropped_day))
    unwanted = ~does & (rng.random(count) < 0.002)
    deleted = np.where(unwanted, working + rng.integers(3_600, 2 * DAY, count), NEVER)
    return {"working": working, "qualified": qualified, "dropped": dropped, "deleted": deleted}


def make_handoffs(company: Company, calendar: Calendar, leads: Leads, rng: np.random.Generator) -> Handoffs:
    """First hand-offs of qualified leads, and second ones to another AE after a rejection or silence."""
    lead = np.flatnonzero(leads.qualified < NEVER)
    day = calendar.after(days_of(leads.qualified[lead]), rng.integers(1, 4, lead.size))
    sent = moments(rng, day)
    kept = holds(company, "SDR", leads.sdr[lead], day) & (day < calendar.end)
    lead, day, sent = lead[kept], day[kept], sent[kept]
    ae = pick(company, "AE", day, calendar, rng, leads.sdr[lead])
    ae = _favoured(company, calendar, leads.sdr[lead], day, ae, rng)
    first = _decide(company, calendar, leads, {"lead": lead, "sent": sent, "ae": ae}, 0.0, rng)
    second = _send_again(company, calendar, leads, first, rng)
    both = {name: np.concatenate([first[name], second[name]]) for name in first}
    both = sorted_by(both["sent"], **both)
    known = both["lead"]
    odd = pick_odd(known.size, rng)
    both["lead"] = np.where(odd, -1, known)
    return Handoffs(sdr=leads.sdr[known], **both)


def _favoured(company: Company, calendar: Calendar, sdr: Ints, day: Ints, ae: Ints, rng: np.random.Generator) -> Ints:
    """The pairs that make raw close rates unfair: `ae` with some of them changed."""
    cast, chance = company.cast, rng.random(sdr.size)
    spared = (ae == cast["fed_ae"]) & ~np.isin(sdr, [cast["quality_sdr"], cast["two_roles"]])
    spared &= chance < stories.FED_SPARED
    ae = ae.copy()
    ae[spared] = pick(company, "AE", day[spared], calendar, rng, ae[spared])
    for giver, taker, share in (
        ("quality_sdr", "fed_ae", stories.FED_SHARE),
        ("volume_sdr", "closer_ae", stories.CLOSER_SHARE),
    ):
        ae[(sdr == cast[giver]) & (chance < share) & (ae >= 0)] = cast[taker]
    return ae


def _decide(
    company: Company, calendar: Calendar, leads: Leads, sent: dict[str, Ints], kinder: float, rng: np.random.Generator
) -> dict[str, Ints]:
    """What AEs decide on hand-offs (`lead`, `sent`, `ae`), and when; those without an AE are dropped."""
    sent = {name: values[sent["ae"] >= 0] for name, values in sent.items()}
    lead, ae, count = sent["lead"], sent["ae"], sent["lead"].size
    all_met = leads.criteria[lead].all(axis=1)
    logit = stories.CHANCE_ACCEPTED + stories.FIT_ON_ACCEPTANCE * leads.fit[lead] + kinder
    logit += stories.CRITERIA_ON_ACCEPTANCE * (all_met - 0.5) - company.traits["picky"][ae]
    accepted = rng.random(count) < logistic(logit)
    steps = np.rint(rng.exponential(1.2, count) * company.traits["slow"][ae]).astype(np.int64)
    day = calendar.after(days_of(sent["sent"]), np.minimum(steps, 12))
    same_day = sent["sent"] + rng.integers(600, 3 * 3_600, count)
    decided = np.where(day == days_of(sent["sent"]), same_day, moments(rng, day))
    decides = (rng.random(count) >= stories.UNDECIDED) & holds(company, "AE", ae, days_of(decided))
    clerical = rng.random(count) < company.traits["clerical"][leads.sdr[lead]]
    reason = np.where(clerical, MISSING_FIELDS, rng.integers(1, len(stories.REJECT_REASONS), count))
    reason = np.where(rng.random(count) < company.traits["reasons"][ae], reason, -1)
    accept_reason = np.where(all_met, 0, rng.integers(1, len(stories.ACCEPT_REASONS), count))
    return sent | {
        "decided": np.where(decides, decided, NEVER),
        "accepted": accepted & decides,
        "reject_reason": np.where(decides & ~accepted, reason, -1),
        "accept_reason": np.where(decides & accepted, accept_reason, -1),
    }


def _send_again(
    company: Company, calendar: Calendar, leads: Leads, first: dict[str, Ints], rng: np.random.Generator
) -> dict[str, Ints]:
    """Second hand-offs, to another AE, a few days after the first was rejected or met silence."""
    again = ~first["accepted"].astype(bool) & (rng.random(first["lead"].size) < stories.RESENT)
    lead, previous = first["lead"][again], first["ae"][again]
    decided = np.minimum(first["decided"][again], first["sent"][again] + 6 * DAY)
    day = calendar.after(days_of(decided) + 1, rng.integers(1, 8, lead.size))
    sent = moments(rng, day)
    ae = pick(company, "AE", day, calendar, rng, previous)
    ae = np.where(ae == leads.sdr[lead], -1, ae)
    possible = holds(company, "SDR", leads.sdr[lead], day) & (day < calendar.end)
    resent = {"lead": lead[possible], "sent": sent[possible], "ae": ae[possible]}
    return _decide(company, calendar, leads, resent, stories.OVERTURNED, rng)


def odd_count(rows: int) -> int:
    """How many rows are odd on purpose: none of a small table, at least one of a larger one."""
    return max(1, int(rows * stories.ODD_ROWS)) if rows >= stories.ODD_ROWS_FROM else 0


def pick_odd(rows: int, rng: np.random.Generator) -> Bools:
    """Which rows are odd on purpose."""
    odd = np.zeros(rows, dtype=bool)
    odd[rng.choice(rows, odd_count(rows), replace=False)] = True
    return odd
