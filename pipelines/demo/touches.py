"""Calls, mails and meetings: by far the most rows, so they are made in chunks of days and never held together.

Belongs here: activities. A chunk is a function of the seed and its number, so that a later night makes again only
the chunks that reach into it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.demo import stories
from pipelines.demo.clock import DAY, HOUR, NEVER, Calendar, Floats, Ints, is_working
from pipelines.demo.company import Company
from pipelines.demo.deals import Deals
from pipelines.demo.funnel import Leads, daily_counts
from pipelines.demo.portfolio import Owners

ROLES = ("SDR", "AE", "AM")
ROWS_PER_CHUNK = 200_000
MOST_DAYS_PER_CHUNK = 28
# An activity is recorded, amended and deleted within so many days: months are closed after five.
DAYS_TO_SETTLE = 4
NONE = -1
CALL, MEETING = 0, 2
_USER_SHIFT = 1 << 32


@dataclass(frozen=True)
class Lookup:
    """Things that people began to look after, found by person and time."""

    keys: Ints
    things: Ints

    @classmethod
    def of(cls, users: Ints, since: Ints, things: Ints) -> Lookup:
        keys = users * _USER_SHIFT + since
        order = np.argsort(keys, kind="stable")
        return cls(keys[order], things[order])

    def recent(self, users: Ints, times: Ints, reach: int, draw: Floats) -> Ints:
        """For each person one of the things they began with in the `reach` seconds before, NONE where there is none.

        `draw` in [0, 1) chooses among them.
        """
        first = np.searchsorted(self.keys, users * _USER_SHIFT + np.maximum(times - reach, 0))
        last = np.searchsorted(self.keys, users * _USER_SHIFT + times)
        chosen = np.minimum(first + (draw * (last - first)).astype(np.int64), self.keys.size - 1)
        return np.where(last > first, self.things[chosen], NONE)


@dataclass(frozen=True)
class Touches:
    """How many activities each spell has on each day, and what they may be about."""

    first_day: int
    days_per_chunk: int
    counts: npt.NDArray[np.int32]  # shape (spells, days)
    users: Ints  # of each spell
    roles: Ints  # position in ROLES
    leads: Lookup
    deals: Lookup
    clients: Lookup
    owner_stop: Ints
    owner_account: Ints
    seed: tuple[int, ...]


@dataclass(frozen=True)
class Chunk:
    """Some days' activities by the time they occurred; `number` of the first one among all."""

    number: int
    occurred: Ints
    user: Ints
    kind: Ints
    completed: Ints  # 1, 0, NONE for empty
    outcome: Ints
    seconds: Ints  # NONE for empty
    lead: Ints
    deal: Ints
    account: Ints
    recorded: Ints
    amended: Ints
    deleted: Ints


def plan_touches(
    company: Company,
    calendar: Calendar,
    total: int,
    leads: Leads,
    deals: Deals,
    owners: Owners,
    seed: tuple[int, ...],
    rng: np.random.Generator,
) -> Touches:
    """`total` activities spread over the spells and days of SDRs, AEs and AMs."""
    spells = company.spells_of(*ROLES)
    weights = np.zeros((len(spells), calendar.end - calendar.start))
    days = np.arange(calendar.start, calendar.end)
    usual = np.where(is_working(days), 1.0, stories.WEEKEND_ACTIVITIES)
    for row, spell in enumerate(spells):
        eager = company.traits["calls"][spell.user] if spell.role == "SDR" else 1.0
        weights[row] = (days >= spell.start) & (days < spell.stop)
        weights[row] *= usual * eager * stories.ACTIVITY_WEIGHT[spell.role]
    first_entry = deals.history.seq == 1
    return Touches(
        first_day=calendar.start,
        days_per_chunk=int(np.clip(ROWS_PER_CHUNK * days.size / max(total, 1), 1, MOST_DAYS_PER_CHUNK)),
        counts=daily_counts(weights, total, rng).astype(np.int32),
        users=np.array([spell.user for spell in spells]),
        roles=np.array([ROLES.index(spell.role) for spell in spells]),
        leads=Lookup.of(leads.sdr, leads.created, np.arange(leads.size)),
        deals=Lookup.of(deals.history.owner[first_entry], deals.created, np.arange(deals.size)),
        clients=Lookup.of(owners.user, owners.start * DAY, np.arange(owners.user.size)),
        owner_stop=owners.stop,
        owner_account=owners.account,
        seed=seed,
    )


def chunks(touches: Touches, since: int, until: int) -> Iterator[Chunk]:
    """The chunks that hold anything recorded or changed in [since, until), seconds since 1970."""
    width = touches.days_per_chunk
    starts = range(0, touches.counts.shape[1], width)
    number = 0
    for start in starts:
        counts = touches.counts[:, start : start + width]
        begins = (touches.first_day + start) * DAY
        ends = begins + (counts.shape[1] + DAYS_TO_SETTLE) * DAY
        if counts.sum() and begins < until and ends > since:
            yield _chunk(touches, counts, start, number)
        number += int(counts.sum())


def _chunk(touches: Touches, counts: npt.NDArray[np.int32], start: int, number: int) -> Chunk:
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([*touches.seed, start])))
    spell, day = np.nonzero(counts)
    repeats = counts[spell, day]
    spell = np.repeat(spell, repeats)
    occurred = (touches.first_day + start + np.repeat(day, repeats)) * DAY
    occurred += rng.integers(7 * HOUR, 17 * HOUR, occurred.size)
    order = np.argsort(occurred, kind="stable")
    occurred, spell = occurred[order], spell[order]
    role, user = touches.roles[spell], touches.users[spell]
    kind = _kinds(role, rng)
    completed = rng.random(kind.size)
    return Chunk(
        number=number,
        occurred=occurred,
        user=user,
        kind=kind,
        completed=np.where(
            completed < stories.NOT_COMPLETED,
            0,
            np.where(completed > 1 - stories.COMPLETED_EMPTY, NONE, 1),
        ),
        outcome=rng.integers(0, 4, kind.size),
        seconds=_durations(kind, rng),
        **_about(touches, user, role, occurred, rng),
        **_records(occurred, rng),
    )


def _kinds(role: Ints, rng: np.random.Generator) -> Ints:
    bounds = np.cumsum([stories.KIND_SHARES[name] for name in ROLES], axis=1)[:, :-1]
    return np.asarray((rng.random(role.size)[:, None] >= bounds[role]).sum(axis=1))


def _durations(kind: Ints, rng: np.random.Generator) -> Ints:
    share = rng.random(kind.size)
    call = (20 + 900 * share**3).astype(np.int64)
    meeting = 900 + (4 * share).astype(np.int64) * 900
    return np.where(kind == CALL, call, np.where(kind == MEETING, meeting, NONE))


def _about(touches: Touches, user: Ints, role: Ints, occurred: Ints, rng: np.random.Generator) -> dict[str, Ints]:
    """SDRs touch leads of the last weeks, AEs their deals, AMs the clients they own; some touches name nothing."""
    draw, named = rng.random(user.size), rng.random(user.size) < 0.95
    lead = touches.leads.recent(user, occurred, 21 * DAY, draw)
    deal = touches.deals.recent(user, occurred, 50 * DAY, draw)
    owned = touches.clients.recent(user, occurred, NEVER, draw)
    still = (owned >= 0) & (touches.owner_stop[owned] * DAY > occurred)
    return {
        "lead": np.where((role == 0) & named, lead, NONE),
        "deal": np.where((role == 1) & named, deal, NONE),
        "account": np.where((role == 2) & named & still, touches.owner_account[owned], NONE),
    }


def _records(occurred: Ints, rng: np.random.Generator) -> dict[str, Ints]:
    """When each activity was entered, and for some when the outcome was added or the row deleted."""
    late, amended, deleted = rng.random((3, occurred.size))
    recorded = occurred + rng.integers(30, 1_800, occurred.size)
    recorded += np.where(late < stories.LOGGED_LATE, DAY * (1 + (late * 1e6).astype(np.int64) % 2), 0)
    later = recorded + rng.integers(HOUR, 40 * HOUR, occurred.size)
    return {
        "recorded": recorded,
        "amended": np.where(amended < stories.AMENDED, later, NEVER),
        "deleted": np.where(deleted < stories.DELETED, later + 60, NEVER),
    }
