"""Company time: instants and dates, months, quarters and years of the fiscal calendar.

Dates only; nothing here knows a person or a metric.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Period:
    """`[start, end)`, of which `[start, cut)` has happened: E of the definitions is `cut`."""

    type: str
    start: date
    end: date
    cut: date

    @property
    def is_complete(self) -> bool:
        return self.cut == self.end

    def holds(self, day: date | None) -> bool:
        """Whether `day` is one of the days that have happened."""
        return day is not None and self.start <= day < self.cut

    @property
    def columns(self) -> dict[str, object]:
        """Group P."""
        return {
            "period_type": self.type,
            "period_start": self.start,
            "period_end": self.end,
            "is_complete": self.is_complete,
        }


def periods(first: date, as_of: date, fiscal_start_month: int) -> list[Period]:
    """Every month, quarter and year from the one that holds `first` to the open one."""
    found = []
    for kind, length in MONTHS.items():
        start = _period_start(kind, first, fiscal_start_month)
        while start <= as_of:
            end = add_months(start, length)
            found.append(Period(kind, start, end, min(end, as_of + timedelta(days=1))))
            start = end
    return found


def previous_start(kind: str, start: date) -> date:
    """Start of the period of the same type before the one that begins at `start`."""
    return add_months(start, -MONTHS[kind])


def _period_start(kind: str, day: date, fiscal_start_month: int) -> date:
    months_into_period = (day.month - fiscal_start_month) % MONTHS[kind]
    return add_months(day.replace(day=1), -months_into_period)


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day if it is shorter."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month0 + 1)[1]
    return date(year, month0 + 1, min(day.day, last))


def days_of_month(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def utc_midnight(day: date, time_zone: str) -> datetime:
    """The UTC instant, zone-less, at which `day` begins in `time_zone`."""
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC).replace(tzinfo=None)


def company_date(moment: datetime, time_zone: str) -> date:
    """The date in `time_zone` of a zone-less UTC instant."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(time_zone)).date()
