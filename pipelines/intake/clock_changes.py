"""Local times that a change of the clock skipped or repeated, as SQL for DuckDB. Which instant such a time is taken for
is typing_sql.py's business; here it is only told, because the engine says nothing.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

# No CRM holds times outside these years.
_FIRST, _LAST = date(1990, 1, 1), date(2060, 1, 1)
# By how many minutes clocks are ever put back.
_SHIFTS = (30, 60, 120)


@cache
def days_of_change(zone: str) -> tuple[date, ...]:
    """The local days on which the clocks of a zone change."""
    here, day, days = ZoneInfo(zone), _FIRST, []
    offset = datetime.combine(day, time(), here).utcoffset()
    while day < _LAST:
        following = day + timedelta(days=1)
        after = datetime.combine(following, time(), here).utcoffset()
        if after != offset:
            days.append(day)
        day, offset = following, after
    return tuple(days)


def is_unclear(iso: str, naive_pattern: str, zone: str) -> str:
    """SQL that is true for an ISO text without an offset that names no instant of a zone, or two; empty where the
    zone's clocks never change.

    `iso` is SQL for the text, `naive_pattern` the regular expression of a time without an offset.
    """
    days = ", ".join(f"'{day}'" for day in days_of_change(zone))
    if not days:
        return ""
    local = f"try_cast({iso} as timestamp)"
    at = f"timezone('{zone}', {local})"
    is_repeated = " or ".join(f"timezone('{zone}', {at} - interval {shift} minute) = {local}" for shift in _SHIFTS)
    # Only on those few days is it worth asking the time zone.
    return (
        f"case when left({iso}, 10) in ({days}) and regexp_full_match({iso}, '{naive_pattern}') "
        f"then coalesce(timezone('{zone}', {at}) <> {local} or {is_repeated}, false) else false end"
    )
