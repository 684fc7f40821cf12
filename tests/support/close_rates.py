"""The adjusted close rate by its definition, written down again in numpy, and companies to hold SQL against it.

How the SQL finds it is not said here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.support.shrinkage import differences, proportions

Matrix = np.ndarray  # AEs × feeders


def expected_wins(deals: Matrix, won: Matrix) -> np.ndarray:
    """Each AE's, leave-one-out, scaled to the wins there were."""
    n, k = deals.sum(axis=1), won.sum(axis=1)
    prior = proportions(k.tolist(), n.tolist())[0]
    mean, strength = k.sum() / n.sum(), prior.prior_strength
    others = (won.sum(axis=0) - won + mean * strength) / (deals.sum(axis=0) - deals + strength)
    expected = (deals * others).sum(axis=1)
    return expected * k.sum() / expected.sum() if k.sum() else np.zeros(len(n))


def largest_component(deals: Matrix) -> set[int]:
    """The AEs connected by shared feeders, of the component with the most deals, then of the first AE."""
    left, components = set(range(len(deals))), list[set[int]]()
    while left:
        reached, frontier = set[int](), {min(left)}
        while frontier:
            reached |= frontier
            feeders = deals[sorted(frontier)].any(axis=0)
            frontier = set(np.flatnonzero(deals[:, feeders].any(axis=1)).tolist()) - reached
        components.append(reached)
        left -= reached
    return max(components, key=lambda aes: (deals[sorted(aes)].sum(), -min(aes)))


def definitions(deals: Matrix, won: Matrix) -> pd.DataFrame:
    """What fct_ae_periods and fct_close_rate_adjusted say of every AE."""
    n, w, e = deals.sum(axis=1), won.sum(axis=1), expected_wins(deals, won)
    mean = w.sum() / n.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        spread, room = np.nansum(e * (w / e - 1) ** 2), e.sum() - (e**2).sum() / e.sum()
        found, doubt = differences(spread, (len(n) - 1) * (1 - mean), room, len(n) if mean else 0)
        value = mean * w / e
    between = max(0.001, found)
    k = (1 - mean) / between
    shrunk = mean * (w + k) / (e + k)
    pull = k / (e + k)
    shared = np.minimum(deals, deals.sum(axis=0) - deals).sum(axis=1)
    connected = np.isin(np.arange(len(n)), sorted(largest_component(deals)))
    return pd.DataFrame(
        {
            "ae_id": [f"a{ae:03d}" for ae in range(len(n))],
            "expected_wins": e,
            "close_rate_adjusted": value,
            "shared_deals": shared.astype(float),
            "mix_identified": (shared >= 5) & connected,
            "role_mean": mean,
            "prior_strength": k,
            "between_variance": between,
            "shrunk": shrunk,
            "variance": mean**2 * (1 - mean) * (w + k) / (e + k) ** 2 + doubt * (pull * (shrunk - mean)) ** 2,
        }
    )


def random_company(seed: int) -> tuple[Matrix, Matrix]:
    """Up to 40 AEs, few or many deals, feeders shared by many or by nobody."""
    chance = np.random.default_rng(seed)
    aes, feeders = chance.integers(2, 41), chance.integers(2, 21)
    deals = chance.poisson(chance.gamma(0.3, chance.choice([1, 10, 30]), (aes, feeders)))
    deals[np.arange(aes), chance.integers(0, feeders, aes)] += 1
    wins, losses = chance.choice([(2, 6), (5, 5), (1, 30)])
    return deals, chance.binomial(deals, chance.beta(wins, losses, (aes, 1)))


def no_wins(deals: Matrix) -> Matrix:
    return np.zeros_like(deals)


def all_wins(deals: Matrix) -> Matrix:
    return deals.copy()


def some_wins(deals: Matrix) -> Matrix:
    return deals // 3


EXTREMES: dict[str, list[list[int]]] = {
    "one AE": [[9, 6]],
    "nothing shared": [[6, 0, 0], [0, 6, 0]],
    "one deal each": [[1, 0], [1, 0], [0, 1]],
    "no spread": [[9, 9], [9, 9], [9, 9]],
    "one giant": [[300, 0, 1], [3, 200, 0], [0, 0, 40]],
}
