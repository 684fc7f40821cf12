"""Every check there is. That none was removed or softened since the last release is noticed by terms.py."""

from __future__ import annotations

from collections import Counter
from functools import cache

from data_checks.check import Check
from data_checks.coaching import coaching
from data_checks.conservation import conservation
from data_checks.exposure import exposure
from data_checks.places import places
from data_checks.sets import sets
from data_checks.stale import stale_exports
from data_checks.suites.border_in import border_in
from data_checks.suites.border_out import border_out
from data_checks.suites.since_last import since_last


@cache
def catalogue() -> tuple[Check, ...]:
    """All checks in the order of their stages. Raises ValueError where two share an id."""
    checks = sorted(
        (
            *border_in(),
            *sets(),
            *stale_exports(),
            *since_last(),
            *conservation(),
            *places(),
            *coaching(),
            *border_out(),
            *exposure(),
        ),
        key=lambda check: check.stage,
    )
    doubled = [check_id for check_id, times in Counter(check.id for check in checks).items() if times > 1]
    if doubled:
        raise ValueError(f"check ids must be unique, these are not: {', '.join(doubled)}")
    return tuple(checks)
