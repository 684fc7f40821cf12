"""The two shapes of a limit on a measured number: none allowed, or a nearer one that warns and a farther that holds."""

from __future__ import annotations

from typing import Any

from data_checks.check import Measured
from data_checks.measures import ALLOWANCE

Limits = tuple[float | None, float | None]

SMALL = f"up to {ALLOWANCE} rows never count, so that one row in a small table does not hold a night"


def none_allowed(id: str, code: str, *, severity: Any = "critical", **common: Any) -> Measured:
    """A count that must be 0."""
    return Measured(id=id, code=code, severity=severity, high=0, unit="rows", **common)


def bands(id: str, code: str, *, warn: Limits, block: Limits, **common: Any) -> list[Measured]:
    """Two checks on one number: `<id>` holds beyond `block`, `<id>.warn` warns beyond `warn`."""
    return [
        Measured(id=id, code=f"E-{code}", severity="critical", low=block[0], high=block[1], **common),
        Measured(id=f"{id}.warn", code=f"W-{code}", severity="warning", low=warn[0], high=warn[1], **common),
    ]
