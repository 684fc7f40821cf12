"""Who held which role when, and the columns about a person that every ranking begins with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from tests.recomputation.periods import Period, days_of_month

UNASSIGNED = "(unassigned)"
MAX_GAP_DAYS = 31


class Roles:
    """Days in role, up to the as-of date."""

    def __init__(self, assignments: Iterable[SimpleNamespace], as_of: date) -> None:
        self.as_of = as_of
        # (user, role) -> day -> the assignment that counts on it
        self.days: dict[tuple[str, str], dict[date, SimpleNamespace]] = defaultdict(dict)
        # (user, role) -> [first day, end), what is known of the future included
        self.spans: dict[tuple[str, str], list[tuple[date, date]]] = defaultdict(list)
        rows = sorted(assignments, key=lambda row: (row.valid_from, row.updated_at))
        for row in rows:
            if row.valid_to is None or row.valid_from < row.valid_to:
                self.spans[row.user_id, row.role].append((row.valid_from, row.valid_to or date.max))
            for day in _days(row.valid_from, min(row.valid_to or date.max, as_of + timedelta(days=1))):
                self.days[row.user_id, row.role][day] = row  # sorted: the newest valid_from overwrites
        self.tenure_starts = {who: _tenure_starts(days) for who, days in self.days.items()}

    @property
    def starts(self) -> list[date]:
        """First day in each role of each person."""
        return [min(days) for days in self.days.values() if days]

    def held(self, user: str, role: str, day: date) -> bool:
        return day in self.days.get((user, role), {})

    def is_planned(self, user: str, role: str, day: date) -> bool:
        """Whether `user` held the role on `day`, or will as far as is known."""
        return any(start <= day < end for start, end in self.spans.get((user, role), []))

    def first_day(self, user: str, role: str) -> date | None:
        """The first day ever in the role."""
        return min((start for start, _ in self.spans.get((user, role), [])), default=None)

    def in_period(self, user: str, role: str, period: Period) -> list[date]:
        """Days of the period, to the as-of date, on which `user` held `role`."""
        return sorted(day for day in self.days.get((user, role), {}) if period.holds(day))

    def holders(self, role: str, period: Period) -> set[str]:
        return {user for user, held in self.days if held == role and self.in_period(user, role, period)}

    def months_in_role(self, user: str, role: str, period: Period) -> float:
        """Each day counts as its part of its calendar month."""
        days_per_month: dict[date, int] = defaultdict(int)
        for day in self.in_period(user, role, period):
            days_per_month[day.replace(day=1)] += 1
        return float(sum(days / days_of_month(month) for month, days in days_per_month.items()))

    def columns(self, key: str, user: str, role: str, period: Period, names: Mapping[str, str]) -> dict[str, Any]:
        """Group W; team and manager are those of the last day in role within the period."""
        days = self.in_period(user, role, period)
        last = self.days[user, role][days[-1]] if days else None
        return {
            key: user,
            "full_name": full_name(user, names),
            "team": last and last.team,
            "manager_id": last and last.manager_id,
            "manager_name": full_name(last.manager_id, names) if last and last.manager_id else None,
            "in_role_at_end": self.held(user, role, period.cut - timedelta(days=1)),
            "days_in_role": len(days),
            "tenure_days": (period.cut - self.tenure_starts[user, role][days[-1]]).days if days else None,
        }


def sessions_with(roles: Roles, sessions: list[SimpleNamespace], coach: str, role: str) -> int:
    """How many of the sessions `coach` held with somebody who was in the role on that day."""
    return sum(s.coach_id == coach and roles.held(s.coachee_id, role, s.held_on) for s in sessions)


def full_name(user: str, names: Mapping[str, str]) -> str:
    if user == UNASSIGNED:
        return "Unassigned"
    return names.get(user, f"Unassigned ({user})")


def _days(first: date, end: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((end - first).days))


def _tenure_starts(days: Iterable[date]) -> dict[date, date]:
    """For each day in role, the first day of its stretch; longer gaps than MAX_GAP_DAYS end a stretch."""
    starts: dict[date, date] = {}
    start = previous = None
    for day in sorted(days):
        if start is None or previous is None or (day - previous).days - 1 > MAX_GAP_DAYS:
            start = day
        starts[day] = start
        previous = day
    return starts
