"""Places of people whose values are known with an error: ranks, rank intervals, tiers.

Numbers in, numbers out. The rank interval is the exact method: every pair, at 21 points of each person's own
distribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Z90 = 1.645
POINTS = 21
DECIMALS = 12  # values equal to so many decimals are equal
_NORMAL = NormalDist()
MID_QUANTILES = tuple(_NORMAL.inv_cdf((k + 0.5) / POINTS) for k in range(POINTS))

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Place:
    """Where somebody stands among the ranked; 1 is best."""

    rank: int
    rank_low: int
    rank_high: int
    expected_rank: float


def places(values: Sequence[float], sds: Sequence[float]) -> list[Place]:
    """Of values with standard errors, greater is better."""
    value, sd = np.round(np.array(values, float), DECIMALS), np.array(sds, float)
    return [_place(i, value, sd) for i in range(len(values))]


def _place(i: int, value: Array, sd: Array) -> Place:
    others = np.delete(np.arange(len(value)), i)
    means, variances = [], []
    for z in MID_QUANTILES:
        better = phi(value[others] - (value[i] + z * sd[i]), sd[others])
        means.append(1 + better.sum())
        variances.append((better * (1 - better)).sum())
    spread = np.sqrt(np.array(variances))
    cumulative = [float(phi(rank + 0.5 - np.array(means), spread).mean()) for rank in range(1, len(value) + 1)]
    return Place(
        rank=1 + int((value > value[i]).sum()),
        rank_low=_first_at_least(cumulative, 0.05),
        rank_high=_first_at_least(cumulative, 0.95),
        expected_rank=float(np.mean(means)),
    )


def _first_at_least(cumulative: list[float], share: float) -> int:
    return next((rank for rank, reached in enumerate(cumulative, 1) if reached >= share), len(cumulative))


def phi(difference: Array, sd: Array) -> Array:
    """Φ(difference ÷ sd), where 0 ÷ 0 is one half."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = difference / sd
    return np.array([0.5 if np.isnan(r) else _NORMAL.cdf(r) for r in ratio])


def tier(low: float, high: float, centre: float, is_higher_better: bool = True) -> str:
    """An interval against a mean, in the direction that is better."""
    if round(low - centre, DECIMALS) > 0:
        return "clearly_above" if is_higher_better else "clearly_below"
    if round(high - centre, DECIMALS) < 0:
        return "clearly_below" if is_higher_better else "clearly_above"
    return "not_separable"
