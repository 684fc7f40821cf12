"""How the clients fared that were in an AM's book at both ends of a period, at constant currency.

Exact fractions inside, so that no effect is a rounding error. Which accounts these are is am.py's work.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import fsum

from tests.recomputation.books import Worth
from tests.recomputation.money import ZERO, total
from tests.recomputation.people import UNASSIGNED
from tests.recomputation.ratios import Row, change, ratio

LEAST_VARIANCE = 0.0001
AMOUNTS = ("upsell_rate", "grr", "top_client_retention")


@dataclass(frozen=True)
class Account:
    """One account between the two ends of a period: in whose books, and worth what."""

    id: str
    am0: str | None
    am1: str | None
    at0: Worth
    at1: Worth
    at1_constant: Worth  # the second window at the first end's rates
    bought_before: bool  # a purchase before the first window

    @property
    def r0(self) -> Decimal:
        return self.at0.value

    @property
    def r1c(self) -> Decimal:
        return self.at1_constant.value

    @property
    def capped(self) -> Decimal:
        """What is left of the opening value, growth left out."""
        return min(self.r0, self.r1c)

    @property
    def is_retained(self) -> bool:
        return self.r1c > 0

    def is_kept_by(self, am: str) -> bool:
        return self.am0 == self.am1 == am and self.r0 > 0


@dataclass(frozen=True)
class Noise:
    """What the accounts of one AM say of chance."""

    scatter: float  # their squared deviations over their squared worth
    freedom: int  # accounts less one
    concentration: float  # how few accounts the worth is in: 1 where it is one


def top_accounts(kept: list[Account]) -> set[str]:
    """The fewest largest accounts that cover half of the kept opening value; ties by account id."""
    half = total(a.r0 for a in kept) / 2
    covered, top = ZERO, set()
    for a in sorted(kept, key=lambda a: (-a.r0, a.id)):
        if covered >= half:
            break
        covered += a.r0
        top.add(a.id)
    return top


def kept_book(kept: list[Account]) -> Row:
    """Columns about the kept accounts, and how they scatter, `<metric>_noise`, for the three amounts among them."""
    opening, closing = total(a.r0 for a in kept), total(a.r1c for a in kept)
    capped = total(a.capped for a in kept)
    retained = [a for a in kept if a.is_retained]
    top_ids = top_accounts(kept)
    top = [a for a in kept if a.id in top_ids]
    return {
        "kept_accounts": len(kept),
        "retained_accounts": len(retained),
        "kept_opening": opening,
        "kept_closing": closing,
        "kept_capped": capped,
        "upsell_rate": change(closing, opening),
        "upsell_rate_noise": noise((a.r0, a.r1c) for a in kept),
        **_effects(kept, retained),
        "nrr": ratio(closing, opening),
        "grr": ratio(capped, opening),
        "grr_noise": noise((a.r0, a.capped) for a in kept),
        "logo_retention": ratio(len(retained), len(kept)),
        **_top_and_tail(top, [a for a in kept if a.id not in top_ids]),
    }


def _top_and_tail(top: list[Account], tail: list[Account]) -> Row:
    opening, capped = total(a.r0 for a in top), total(a.capped for a in top)
    tail_retained = sum(a.is_retained for a in tail)
    return {
        "top_accounts": len(top),
        "top_opening": opening,
        "top_capped": capped,
        "top_client_retention": ratio(capped, opening),
        "top_client_retention_noise": noise((a.r0, a.capped) for a in top),
        "tail_accounts": len(tail),
        "tail_retained_accounts": tail_retained,
        "tail_logo_retention": ratio(tail_retained, len(tail)),
    }


def _effects(kept: list[Account], retained: list[Account]) -> dict[str, float | None]:
    """The growth of the kept book, split without remainder; parts of its opening value."""
    names = ("retention_effect", "tilt_effect", "upsell_effect", "frequency_effect", "ticket_effect")
    if not kept:
        return dict.fromkeys(names)
    opening = _sum(a.r0 for a in kept)
    n0, n1 = len(kept), len(retained)
    mean = opening / n0
    tilt = upsell = frequency = ticket = Fraction(0)
    if retained:
        stayed, became = _sum(a.r0 for a in retained), _sum(a.r1c for a in retained)
        tilt = n1 * (stayed / n1 - mean)
        upsell = n1 * (became / n1 - stayed / n1)
        often = [Fraction(sum(a.at0.purchases for a in retained), n1), Fraction(_purchases_1(retained), n1)]
        per_purchase = [stayed / n1 / often[0], became / n1 / often[1]]
        frequency = n1 * (often[1] - often[0]) * sum(per_purchase) / 2
        ticket = n1 * (per_purchase[1] - per_purchase[0]) * sum(often) / 2
    parts = ((n1 - n0) * mean, tilt, upsell, frequency, ticket)
    return {name: float(part / opening) for name, part in zip(names, parts, strict=True)}


def _purchases_1(accounts: list[Account]) -> int:
    return sum(a.at1_constant.purchases for a in accounts)


def noise(pairs: Iterable[tuple[Decimal, Decimal]]) -> Noise | None:
    """How accounts (r0, y) scatter about Σy ÷ Σr0, in squares of their own worth. None below two."""
    exact = [(Fraction(r0), Fraction(y)) for r0, y in pairs]
    n = len(exact)
    if n < 2:
        return None
    opening, squares = sum(r0 for r0, _ in exact), sum(r0**2 for r0, _ in exact)
    slope = sum(y for _, y in exact) / opening
    scatter = sum((y - r0 * slope) ** 2 for r0, y in exact)
    return Noise(float(n * scatter / squares), n - 1, float(squares / opening**2))


def add_variances(rows: list[Row], key: str) -> None:
    """Turn each row's `<metric>_noise` into `<metric>_s2`: chance moves the accounts of all AMs of a period alike."""
    for metric in AMOUNTS:
        noises = [row.pop(f"{metric}_noise") for row in rows]
        owned = [found for row, found in zip(rows, noises, strict=True) if found and row[key] != UNASSIGNED]
        scatter, freedom = fsum(found.scatter for found in owned), sum(found.freedom for found in owned)
        for row, found in zip(rows, noises, strict=True):
            is_known = found is not None and freedom > 0
            row[f"{metric}_s2"] = max(LEAST_VARIANCE, scatter / freedom * found.concentration) if is_known else None


def _sum(amounts: Iterable[Decimal]) -> Fraction:
    return sum((Fraction(amount) for amount in amounts), Fraction(0))


# The first that fits. Each asks of an AM's row and the medians over the AMs ranked on upsell_rate; NULL fails.
def archetype(row: Row, medians: Row) -> str | None:
    """How an AM treats the book; None without an assignment."""
    if not row["days_in_role"]:
        return None
    if row["kept_accounts"] < 8:
        return "insufficient"
    keeps_top = at_least(row["top_client_retention"], medians["top_client_retention"])
    loses_tail = below(row["tail_logo_retention"], medians["tail_logo_retention"])
    keeps_value = at_least(row["grr"], medians["grr"])
    sells_more = row["upsell_effect"] > 0
    if row["tilt_effect"] > 0 and keeps_top and loses_tail:
        return "top_client_maximiser"
    if keeps_value:
        return "grower" if sells_more else "guardian"
    return "leaky_expander" if sells_more else "decliner"


COACHING_FOCUS = {
    "top_client_maximiser": "keep_smaller_clients",
    "guardian": "upsell",
    "leaky_expander": "retention",
    "decliner": "both",
    "grower": "teaches",
}


def at_least(value: float | None, limit: float | None) -> bool:
    return value is not None and limit is not None and value >= limit


def below(value: float | None, limit: float | None) -> bool:
    return value is not None and limit is not None and value < limit
