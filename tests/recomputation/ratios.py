"""Small arithmetic that every role needs: ratios, medians, previous periods, and what was never delivered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from statistics import median
from typing import Any

Row = dict[str, Any]


def ratio(numerator: float | Decimal | None, denominator: float | Decimal | None) -> float | None:
    """None where the denominator is 0 or either part is unknown."""
    if numerator is None or not denominator:
        return None
    return float(numerator) / float(denominator)


def change(now: float | Decimal | None, before: float | Decimal | None) -> float | None:
    """now ÷ before − 1."""
    quotient = ratio(now, before)
    return None if quotient is None else quotient - 1


def median_of(values: Iterable[float]) -> float | None:
    """None of nothing."""
    values = list(values)
    return median(values) if values else None


def blank_unknown(row: Row, needs: Mapping[str, tuple[str, ...]], delivered: set[str]) -> Row:
    """The row with None in every column that needs an entity which was never delivered."""
    return {name: None if set(needs.get(name, ())) - delivered else value for name, value in row.items()}
