"""Deals: how they move through the stages, slip, change owner, close and now and then reopen.

Belongs here: opportunities and their history. Does not: what a won client pays later (portfolio.py).

A deal is a row of at most ten planned moments (`Slot`), each with what changes then. Sorted by time they are its
history; the last one before a delivery is how that delivery shows the deal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from pipelines.demo import stories
from pipelines.demo.clock import DAY, HOUR, NEVER, NO_DAY, Bools, Calendar, Floats, Ints, days_of, moments, sorted_by
from pipelines.demo.company import Company, pick
from pipelines.demo.funnel import Handoffs, Leads, logistic, pick_odd, shares

NEGOTIATION, WON, LOST = 3, 4, 5  # positions in stories.STAGES
KEEP = -1  # this moment changes nothing of the kind


class Slot(IntEnum):
    """What can happen to a deal, in the order that settles moments of the same second."""

    CREATED = 0
    DEMO = 1
    PROPOSAL = 2
    NEGOTIATION = 3
    CLOSED = 4
    REOPENED = 5
    CLOSED_AGAIN = 6
    FIRST_SLIP = 7
    SECOND_SLIP = 8
    NEW_OWNER = 9


@dataclass(frozen=True)
class Beginnings:
    """How deals begin, by `created`."""

    created: Ints
    owner: Ints
    lead: Ints  # -1 for a deal the AE found alone
    handoff: Ints  # -1 likewise
    segment: Ints
    fit: Floats


@dataclass(frozen=True)
class History:
    """One entry per change, by deal and time; every column as it stood afterwards."""

    deal: Ints
    changed: Ints
    seq: Ints  # from 1 within the deal
    stage: Ints
    owner: Ints
    cents: Ints
    expected_on: Ints

    @property
    def size(self) -> int:
        return self.deal.size


@dataclass(frozen=True)
class Deals:
    """One entry per deal, by `created`; `won` is the moment it is finally won, or NEVER."""

    created: Ints
    lead: Ints
    handoff: Ints
    segment: Ints
    seller: Ints
    loss_reason: Ints
    close_time_missing: Bools
    won: Ints
    cents: Ints
    history: History

    @property
    def size(self) -> int:
        return self.created.size


def make_deals(
    company: Company, calendar: Calendar, leads: Leads, handoffs: Handoffs, rng: np.random.Generator
) -> Deals:
    """A deal for every accepted hand-off that falls into the history, and some that AEs find alone."""
    begun = _begin(company, calendar, leads, handoffs, rng)
    outcome = _outcomes(company, begun, rng)
    cents = _amounts(begun, rng)
    times = _stage_times(company, calendar, begun, outcome, rng)
    expected = begun.created // DAY + rng.integers(35, 80, begun.created.size)
    _slip(calendar, times, expected, rng)
    new_owner = _change_owner(company, calendar, begun, times, rng)
    # Owners whom nobody knows: users purged from the CRM.
    purged = pick_odd(new_owner.size, rng)
    new_owner[purged], times[purged, Slot.NEW_OWNER] = -1, NEVER
    owners = {Slot.CREATED: np.where(purged, company.unknown_user, begun.owner), Slot.NEW_OWNER: new_owner}
    history = _history(calendar, outcome, times, owners, cents, expected)
    finally_won = np.where(times[:, Slot.REOPENED] < NEVER, times[:, Slot.CLOSED_AGAIN], times[:, Slot.CLOSED])
    return Deals(
        created=begun.created,
        lead=begun.lead,
        handoff=begun.handoff,
        segment=begun.segment,
        seller=np.where(new_owner >= 0, new_owner, begun.owner),
        loss_reason=rng.integers(0, len(stories.LOSS_REASONS), begun.created.size),
        close_time_missing=rng.random(begun.created.size) < stories.CLOSE_TIME_MISSING,
        won=np.where(outcome["stage"] == WON, finally_won, NEVER),
        cents=cents,
        history=history,
    )


def _begin(
    company: Company, calendar: Calendar, leads: Leads, handoffs: Handoffs, rng: np.random.Generator
) -> Beginnings:
    accepted = np.flatnonzero(handoffs.accepted & (handoffs.decided < calendar.end * DAY) & (handoffs.lead >= 0))
    direct = int(accepted.size * stories.DIRECT_DEALS)
    day = calendar.after(rng.integers(calendar.start, calendar.end - 1, direct), 0)
    seller = pick(company, "AE", day, calendar, rng)
    day, seller = day[seller >= 0], seller[seller >= 0]
    none = np.full(day.size, -1)
    lead = handoffs.lead[accepted]
    created = np.concatenate([handoffs.decided[accepted], moments(rng, day)])
    begun = sorted_by(
        created,
        created=created,
        owner=np.concatenate([handoffs.ae[accepted], seller]),
        lead=np.concatenate([lead, none]),
        handoff=np.concatenate([accepted, none]),
        segment=np.concatenate(
            [leads.segment[lead], rng.choice(len(stories.SEGMENTS), day.size, p=shares(stories.SEGMENTS))]
        ),
        fit=np.concatenate([leads.fit[lead], stories.LEAD_SPREAD * rng.standard_normal(day.size)]),
    )
    return Beginnings(**begun)


def _outcomes(company: Company, begun: Beginnings, rng: np.random.Generator) -> dict[str, Ints]:
    """`stage` the final one, `reached` the last open one, `open` whether it never closes, `reopened`."""
    count = begun.owner.size
    logit = stories.CHANCE_WON + stories.FIT_ON_WIN * begun.fit + company.traits["close"][begun.owner]
    wins = rng.random(count) < logistic(logit)
    lingers = ~wins & (rng.random(count) < company.traits["lingers"][begun.owner])
    reached = np.where(wins, NEGOTIATION, rng.integers(0, NEGOTIATION + 1, count))
    rewon = rng.random(count) < stories.REWON
    reopened = ~wins & ~lingers & (rng.random(count) < stories.REOPENED)
    stage = np.where(wins | (reopened & rewon), WON, LOST)
    first_stage = np.where(wins, WON, LOST)
    return {"stage": stage, "first_stage": first_stage, "reached": reached, "open": lingers, "reopened": reopened}


def _amounts(begun: Beginnings, rng: np.random.Generator) -> Ints:
    """A year's worth in cents, in whole hundreds of the currency; no deal is worth dozens of the usual."""
    monthly = np.array([value for _, value in stories.SEGMENTS.values()])[begun.segment]
    spread = np.exp(0.35 * np.clip(rng.standard_normal(begun.owner.size), -2, 2))
    return np.asarray(np.rint(monthly * 12 * spread / 100).astype(np.int64)) * 100 * 100


def _stage_times(
    company: Company, calendar: Calendar, begun: Beginnings, outcome: dict[str, Ints], rng: np.random.Generator
) -> Ints:
    """Shape (deals, slots): when each change happens, NEVER where it does not; slips and owners come later."""
    count = begun.owner.size
    times = np.full((count, len(Slot)), NEVER, dtype=np.int64)
    times[:, Slot.CREATED] = begun.created
    spread = np.exp(stories.CYCLE_SPREAD * np.clip(rng.standard_normal(count), -2.2, 2.2))
    takes = stories.USUAL_CYCLE_DAYS * spread * np.where(outcome["stage"] == WON, 1, stories.LOST_TAKES_LONGER)
    created_on = days_of(begun.created)
    share = np.sort(rng.uniform(0.05, 0.9, (count, NEGOTIATION)), axis=1)
    for stage in range(1, NEGOTIATION + 1):
        day = calendar.after(created_on + 1, (takes * share[:, stage - 1]).astype(np.int64))
        # Later stages take later hours, so that two of one day keep their order.
        time = moments(rng, day, 6 + 2 * stage, 7.9 + 2 * stage)
        times[:, stage] = np.where(outcome["reached"] >= stage, time, NEVER)
    closes = moments(rng, calendar.after(created_on + 1, takes.astype(np.int64)), 14, 16.5)
    times[:, Slot.CLOSED] = np.where(outcome["open"], NEVER, closes)
    same = (rng.random(count) < stories.SAME_INSTANT) & (times[:, Slot.NEGOTIATION] < NEVER)
    times[same, Slot.NEGOTIATION] = times[same, Slot.CLOSED]
    # Reopened at once, while the month of the close is still open; closed months stay as they were.
    again = moments(rng, calendar.after(days_of(closes) + 1, 0), 8, 9)
    closed_again = moments(rng, calendar.after(days_of(again), rng.integers(4, 25, count)), 14, 16.5)
    times[:, Slot.REOPENED] = np.where(outcome["reopened"], again, NEVER)
    times[:, Slot.CLOSED_AGAIN] = np.where(outcome["reopened"], closed_again, NEVER)
    return times


def _slip(calendar: Calendar, times: Ints, expected: Ints, rng: np.random.Generator) -> None:
    """Puts slips into `times`: shortly before the expected close it is moved by a month, once or twice."""
    closes = times[:, Slot.CLOSED]
    for slot, chance, later in ((Slot.FIRST_SLIP, stories.SLIPS, 0), (Slot.SECOND_SLIP, stories.SECOND_SLIP, 30)):
        time = moments(rng, calendar.after(expected + later - 6, 0), 17, 18.5)
        slips = (time < closes) & (rng.random(closes.size) < chance)
        if slot == Slot.SECOND_SLIP:
            slips &= times[:, Slot.FIRST_SLIP] < NEVER
        times[:, slot] = np.where(slips, time, NEVER)


def _change_owner(
    company: Company, calendar: Calendar, begun: Beginnings, times: Ints, rng: np.random.Generator
) -> Ints:
    """Puts owner changes into `times`: when the AE leaves or moves, and sometimes for no reason. Returns the new
    owner, -1 for none."""
    count = begun.owner.size
    last_day = np.full(company.size, NO_DAY)
    for spell in company.spells_of("AE"):
        last_day[spell.user] = spell.stop
    leaves = last_day[begun.owner]
    chance = rng.random(count) < stories.OWNER_CHANGES
    random_day = calendar.after(days_of(begun.created) + 2, rng.integers(3, 25, count))
    day = np.where(chance & (random_day < leaves), random_day, leaves)
    time = np.where(day == NO_DAY, NEVER, calendar.after(np.minimum(day, calendar.end), 0) * DAY + 5 * HOUR)
    time = np.where(time < NEVER, time + rng.integers(0, HOUR, count), NEVER)
    changes = (time > begun.created) & (time < times[:, Slot.CLOSED]) & (time < calendar.end * DAY)
    owner = np.full(count, -1)
    owner[changes] = pick(company, "AE", days_of(time[changes]), calendar, rng, begun.owner[changes])
    times[:, Slot.NEW_OWNER] = np.where(owner >= 0, time, NEVER)
    return owner


def _history(
    calendar: Calendar, outcome: dict[str, Ints], times: Ints, owners: dict[Slot, Ints], cents: Ints, expected: Ints
) -> History:
    """The planned changes within the history, each with the whole state of the deal after it."""
    order = np.argsort(times, axis=1, kind="stable")
    time = np.take_along_axis(times, order, axis=1)
    happened = time < calendar.end * DAY
    deal, step = np.nonzero(happened)
    count = cents.size
    stage = np.tile(np.array([0, 1, 2, 3, LOST, 3, LOST, KEEP, KEEP, KEEP]), (count, 1))
    stage[:, Slot.CLOSED], stage[:, Slot.CLOSED_AGAIN] = outcome["first_stage"], outcome["stage"]
    owner = _changes(count, owners)
    # Before the proposal the amount is a guess.
    amount = _changes(count, {Slot.CREATED: cents // 10_000 * 9_000, Slot.PROPOSAL: cents, Slot.CLOSED: cents})
    due = _changes(count, {Slot.CREATED: expected, Slot.FIRST_SLIP: expected + 30, Slot.SECOND_SLIP: expected + 61})
    after = (_carry(change, order)[deal, step] for change in (stage, owner, amount, due))
    return History(deal, time[deal, step], step + 1, *after)


def _changes(count: int, values: dict[Slot, Ints]) -> Ints:
    changes = np.full((count, len(Slot)), KEEP, dtype=np.int64)
    for slot, value in values.items():
        changes[:, slot] = value
    return changes


def _carry(changes: Ints, order: Ints) -> Ints:
    """In order of time, every KEEP replaced by what stood before."""
    ordered = np.take_along_axis(changes, order, axis=1)
    for step in range(1, ordered.shape[1]):
        ordered[:, step] = np.where(ordered[:, step] == KEEP, ordered[:, step - 1], ordered[:, step])
    return ordered


def last_change(history: History, deals: int, until: int) -> Ints:
    """Per deal the position of its newest history entry before `until`, -1 where it has none yet."""
    first = np.searchsorted(history.deal, np.arange(deals))
    known = np.add.reduceat((history.changed < until).astype(np.int64), first)
    return np.where(known > 0, first + known - 1, -1)
