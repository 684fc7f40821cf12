"""The demo's calendar: fixed dates, working days, and moments as whole seconds since 1970 (UTC).

Belongs here: what a date or an hour is in the demo. Does not: what happens on it. The clock of the machine is never
read, so that the same arguments give the same bytes on every day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

LAST_DELIVERY = date(2026, 9, 17)
DAY = 86_400
HOUR = 3_600
# A day and a moment that no delivery reaches: "has not happened".
NO_DAY = 1 << 30
NEVER = NO_DAY * DAY
HOLIDAYS = ((1, 1), (5, 1), (12, 25), (12, 26))
# Billing began a year before the sales team's records, so that the first portfolio values span whole twelve months.
BILLING_LEAD_MONTHS = 12
# Events are planned past the last delivery; those days are known to the calendar but never delivered.
DAYS_PLANNED_AHEAD = 500


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - date(1970, 1, 1)).days


def months_back(day: date, months: int) -> date:
    """First day of the month `months` months before that of `day`."""
    month = day.year * 12 + day.month - 1 - months
    return date(month // 12, month % 12 + 1, 1)


@dataclass(frozen=True)
class Calendar:
    """Day numbers of a demo. `end` is exclusive: midnight after the last delivery's date."""

    billing_start: int
    start: int
    end: int
    working: Ints

    @classmethod
    def of(cls, months: int) -> Calendar:
        """A calendar of `months` whole months and the open one."""
        start = months_back(LAST_DELIVERY, months)
        billing_start = day_number(months_back(start, BILLING_LEAD_MONTHS))
        end = day_number(LAST_DELIVERY) + 1
        days = np.arange(billing_start, end + DAYS_PLANNED_AHEAD)
        return cls(billing_start, day_number(start), end, days[is_working(days)])

    def after(self, days: Ints, steps: Ints | int) -> Ints:
        """The working day `steps` after each day; 0 is the day itself, or the next working one."""
        position = np.searchsorted(self.working, days) + steps
        return self.working[np.minimum(position, self.working.size - 1)]

    def at(self, share: float) -> int:
        """The working day at `share` (0 to 1) of the time between start and end."""
        return int(self.after(np.array([self.start + int(share * (self.end - self.start))]), 0)[0])

    def month_starts(self, first: int) -> Ints:
        """First days of the months from the one of day `first` to the open one."""
        months = np.arange(_month(first), _month(self.end - 1) + 1).astype("datetime64[M]")
        return months.astype("datetime64[D]").astype(np.int64)


def _month(day: int) -> np.datetime64:
    return np.datetime64(day, "D").astype("datetime64[M]")


def next_month(first: int) -> int:
    """First day of the month after the one that begins on `first`."""
    return int((_month(first) + 1).astype("datetime64[D]").astype(np.int64))


def is_working(days: Ints) -> Bools:
    """Monday to Friday and no holiday. (1970-01-01 was a Thursday.)"""
    dates = days.astype("datetime64[D]")
    month = dates.astype("datetime64[M]").astype(np.int64) % 12 + 1
    day = (dates - dates.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    working: Bools = (days + 3) % 7 < 5
    for holiday_month, holiday in HOLIDAYS:
        working &= ~((month == holiday_month) & (day == holiday))
    return working


def moments(rng: np.random.Generator, days: Ints, first_hour: float = 7, last_hour: float = 16.5) -> Ints:
    """A random second between two hours of each day."""
    return days * DAY + rng.integers(int(first_hour * HOUR), int(last_hour * HOUR), days.size)


def days_of(seconds: Ints) -> Ints:
    return seconds // DAY


def latest(until: int, *times: Ints) -> Ints:
    """Per row the newest of several moments that lies before `until`; -1 where none does."""
    newest = np.full(times[0].shape, -1, dtype=np.int64)
    for moment in times:
        np.maximum(newest, np.where(moment < until, moment, -1), out=newest)
    return newest


def sorted_by(key: Ints, **arrays: npt.NDArray[Any]) -> dict[str, Any]:
    """The arrays in the order of `key`; equal keys keep their order."""
    order = np.argsort(key, kind="stable")
    return {name: array[order] for name, array in arrays.items()}
