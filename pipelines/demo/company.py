"""The sales team: who is hired, moves and leaves, in which team and under whom, and what each is good at.

Belongs here: people and their roles. Does not: what they do (funnel.py, deals.py, portfolio.py, touches.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipelines.demo import stories
from pipelines.demo.clock import NO_DAY, Bools, Calendar, Floats, Ints, next_month

ROLES = ("SDR", "AE", "AM", "manager")


@dataclass(frozen=True)
class Spell:
    """One person in one role and team, from `start` to `stop` (day numbers, exclusive; NO_DAY is still)."""

    user: int
    role: str
    start: int
    stop: int
    team: str
    manager: int  # user, -1 for nobody


@dataclass(frozen=True)
class Company:
    """People by number: `spells` in the order of hiring, `traits` one array per trait, `cast` who plays which part."""

    names: tuple[str, ...]
    hired_on: Ints
    left_on: Ints
    spells: tuple[Spell, ...]
    traits: dict[str, Floats]
    cast: dict[str, int]

    @property
    def size(self) -> int:
        return len(self.names)

    @property
    def unknown_user(self) -> int:
        """The number of an owner whom no export of users names."""
        return self.size

    def spells_of(self, *roles: str) -> list[Spell]:
        return [spell for spell in self.spells if spell.role in roles]

    def spread(self, trait: str) -> Floats:
        """The trait of every user, and the mean for the one nobody knows."""
        return np.append(self.traits[trait], stories.TRAITS[trait][0])


def head_count(people: int) -> dict[str, int]:
    """People per role."""
    counts = {role: round(people * share) for role, share in stories.ROLE_SHARES.items()}
    return counts | {"manager": people - sum(counts.values())}


def hire(people: int, calendar: Calendar, rng: np.random.Generator) -> Company:
    """A company of `people`, at least `SMALLEST_COMPANY`."""
    users = _users_by_role(people)
    cast = {name: users[story.role][story.position] for name, story in stories.STORIES.items() if _has(users, story)}
    spells = _first_spells(users, calendar)
    spells = _come_and_go(spells, set(cast.values()), calendar, rng)
    spells = _play_parts(spells, cast, users, calendar)
    hired_on, left_on = _employment(people, spells, calendar, rng)
    return Company(_names(people, rng), hired_on, left_on, tuple(spells), _traits(people, cast, rng), cast)


def _users_by_role(people: int) -> dict[str, list[int]]:
    users, first = {}, 0
    for role, count in head_count(people).items():
        users[role] = list(range(first, first + count))
        first += count
    return users


def _has(users: dict[str, list[int]], story: stories.Story) -> bool:
    return story.position < len(users[story.role])


def _first_spells(users: dict[str, list[int]], calendar: Calendar) -> list[Spell]:
    """Everybody in one role for good. Portfolios and their managers reach back to the start of billing."""
    managers = users["manager"]
    spells = [Spell(user, "manager", calendar.billing_start, NO_DAY, "Leadership", managers[0]) for user in managers]
    spells[0] = replace(spells[0], manager=-1)
    teams = 0
    for role in ("SDR", "AE", "AM"):
        start = calendar.billing_start if role == "AM" else calendar.start
        for position, user in enumerate(users[role]):
            number, seat = divmod(position, stories.TEAM_SIZE)
            teams += seat == 0
            spells.append(Spell(user, role, start, NO_DAY, f"{role} {number + 1}", managers[teams % len(managers)]))
    return spells


def _come_and_go(spells: list[Spell], cast: set[int], calendar: Calendar, rng: np.random.Generator) -> list[Spell]:
    """People without a part join late or leave early, every so often."""
    changed, ordinary = [], 0
    for spell in spells:
        if spell.role == "manager" or spell.user in cast:
            changed.append(spell)
            continue
        ordinary += 1
        if ordinary % stories.JOINERS_EVERY == 0:
            spell = replace(spell, start=_boundary(spell.role, calendar, rng.uniform(0.15, 0.7)))
        elif ordinary % stories.LEAVERS_EVERY == 0:
            spell = replace(spell, stop=_boundary(spell.role, calendar, rng.uniform(0.45, 0.9)))
        changed.append(spell)
    return changed


def _boundary(role: str, calendar: Calendar, share: float) -> int:
    """A working day; for AMs the first of a month, when portfolios change hands."""
    day = calendar.at(share)
    return _month_first(calendar, day) if role == "AM" else day


def _month_first(calendar: Calendar, day: int) -> int:
    firsts = calendar.month_starts(calendar.billing_start)
    return int(firsts[np.searchsorted(firsts, day, side="right") - 1])


def _play_parts(
    spells: list[Spell], cast: dict[str, int], users: dict[str, list[int]], calendar: Calendar
) -> list[Spell]:
    """The moves of those who have a part."""
    own = {spell.user: spell for spell in spells}
    climb = calendar.at(stories.CLIMB_AT)
    to_am = _month_first(calendar, calendar.at(stories.AE_TO_AM_AT))
    first_of = {role: own[users[role][0]] for role in ("SDR", "AE", "AM")}

    def move(user: int, role: str, day: int) -> list[Spell]:
        target = first_of[role]
        return [replace(own[user], stop=day), Spell(user, role, day, NO_DAY, target.team, target.manager)]

    moved = {cast["climber"]: move(cast["climber"], "AE", climb), cast["ae_to_am"]: move(cast["ae_to_am"], "AM", to_am)}
    two_roles = own[cast["two_roles"]]
    moved[two_roles.user] = [two_roles, replace(two_roles, role="SDR")]
    leaver = own[cast["next_leaver"]]
    if leaver.user not in moved:
        moved[leaver.user] = [replace(leaver, start=calendar.start, stop=next_month(calendar.end - 1))]
    if len(users["SDR"]) > stories.TEAM_SIZE:
        moved.update(_change_of_team(own, users, calendar))
    return [new for spell in spells for new in moved.get(spell.user, [spell])]


def _change_of_team(own: dict[int, Spell], users: dict[str, list[int]], calendar: Calendar) -> dict[int, list[Spell]]:
    """The last SDR of the first team changes to the second."""
    day = calendar.at(stories.TEAM_CHANGE_AT)
    spell = replace(own[users["SDR"][stories.TEAM_SIZE - 1]], start=calendar.start, stop=day)
    second = own[users["SDR"][stories.TEAM_SIZE]]
    return {spell.user: [spell, replace(spell, start=day, stop=NO_DAY, team=second.team, manager=second.manager)]}


def _employment(people: int, spells: list[Spell], calendar: Calendar, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """First and last day of employment: those there from the beginning were hired before the records began."""
    first, last = np.full(people, NO_DAY), np.zeros(people, dtype=np.int64)
    for spell in spells:
        first[spell.user] = min(first[spell.user], spell.start)
        last[spell.user] = max(last[spell.user], spell.stop)
    earlier = rng.integers(30, 1_500, people)
    hired_on = np.where(first <= calendar.start, calendar.billing_start - earlier, first)
    return hired_on, np.where(last == NO_DAY, NO_DAY, last - 1)


def _names(people: int, rng: np.random.Generator) -> tuple[str, ...]:
    full = [f"{first} {last}" for last in stories.LAST_NAMES.split() for first in stories.FIRST_NAMES.split()]
    order = rng.permutation(len(full))
    return tuple(full[order[n % len(full)]] for n in range(people))


def _traits(people: int, cast: dict[str, int], rng: np.random.Generator) -> dict[str, Floats]:
    traits = {
        name: mean + spread * np.clip(rng.standard_normal(people), -2, 2)
        for name, (mean, spread) in stories.TRAITS.items()
    }
    for name, user in cast.items():
        for trait, value in stories.STORIES[name].traits.items():
            traits[trait][user] = value
    return traits


def pick(
    company: Company, role: str, days: Ints, calendar: Calendar, rng: np.random.Generator, not_user: Ints | None = None
) -> Ints:
    """For each day somebody who holds the role for all of that day's month; -1 where nobody (else) does.

    `not_user` are people who may not be picked, one per day.
    """
    picked = np.full(days.size, -1, dtype=np.int64)
    firsts = calendar.month_starts(calendar.billing_start)
    month = np.searchsorted(firsts, days, side="right") - 1
    for number in np.unique(month):
        rows = np.flatnonzero(month == number)
        able = in_role_all_month(company, role, int(firsts[number]))
        if able.size == 0:
            continue
        seat = rng.integers(0, able.size, rows.size)
        if not_user is not None:
            seat = np.where(able[seat] == not_user[rows], (seat + 1) % able.size, seat)
        picked[rows] = able[seat]
    return picked if not_user is None else np.where(picked == not_user, -1, picked)


def in_role_all_month(company: Company, role: str, first: int) -> Ints:
    """Users, ascending, who hold the role from the first to the last day of the month."""
    after = next_month(first)
    users = {spell.user for spell in company.spells_of(role) if spell.start <= first and spell.stop >= after}
    return np.array(sorted(users), dtype=np.int64)


def holds(company: Company, role: str, users: Ints, days: Ints) -> Bools:
    """Whether each user holds the role on each day."""
    held = np.zeros(users.size, dtype=bool)
    order = np.argsort(users, kind="stable")
    ordered = users[order]
    for spell in company.spells_of(role):
        rows = order[np.searchsorted(ordered, spell.user) : np.searchsorted(ordered, spell.user, side="right")]
        held[rows] |= (days[rows] >= spell.start) & (days[rows] < spell.stop)
    return held
