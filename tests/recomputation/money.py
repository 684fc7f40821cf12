"""Money in the base currency, exactly: rates as of a date, and the one rounding."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from types import SimpleNamespace

_EXACT = Context(prec=80)
CENT = Decimal("0.01")
ZERO = Decimal("0.00")


class Rates:
    """What one unit of a currency is worth in the base currency."""

    def __init__(self, rows: Iterable[SimpleNamespace], base_currency: str) -> None:
        self.base_currency = base_currency
        self.by_currency: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
        for row in sorted(rows, key=lambda row: row.rate_on):
            self.by_currency[row.currency].append((row.rate_on, row.rate_to_base))

    def on(self, currency: str | None, day: date) -> Decimal | None:
        """The newest rate on or before `day`; None if there is none."""
        if currency is None:
            return None
        if currency == self.base_currency:
            return Decimal(1)
        rates = self.by_currency.get(currency, [])
        known = bisect_right(rates, day, key=lambda entry: entry[0])
        return rates[known - 1][1] if known else None


def convert(amount: Decimal, rate: Decimal) -> Decimal:
    """Unrounded."""
    return _EXACT.multiply(amount, rate)


def cents(amount: Decimal) -> Decimal:
    """Rounded half away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP, _EXACT)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Exact sum, zero in cents for nothing."""
    result = ZERO
    for amount in amounts:
        result = _EXACT.add(result, amount)
    return result
