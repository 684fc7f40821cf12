"""The three estimators by their definitions, written down again in numpy, and teams to hold SQL against them.

How the SQL finds an estimate is not said here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

Team = tuple[list[float], list[float]]  # of everybody: numerators and denominators, or values and their variances


class Estimate(NamedTuple):
    role_mean: float | None
    prior_strength: float | None
    between_variance: float | None
    shrunk: float | None
    variance: float | None


def differences(spread: float, chance: float, room: float, people: int) -> tuple[float, float]:
    """τ² and its relative variance, as metrics define them: of a spread that chance alone would bring to `chance`.
    Nothing is seen of one person, nor where there is no room to see it.
    """
    if people < 2 or room == 0 or chance == 0:
        return 0.0, 0.0
    counted = max(people, 4)
    wide = max(spread, chance) * (counted - 1) / (counted - 3)
    return (wide - chance) / room, min(1.0, 2 / (counted - 3) / (1 - chance / wide) ** 2)


def with_doubt(variance: np.ndarray, doubt: float, pull: np.ndarray, value: np.ndarray, mean: float) -> np.ndarray:
    return variance + doubt * (pull * (value - mean)) ** 2


def proportions(k: Sequence[float], n: Sequence[float]) -> list[Estimate]:
    """Beta-binomial by moments, as metrics define it; everybody counts who has trials."""
    k_, n_ = np.array(k, float), np.array(n, float)
    has = n_ > 0
    ks, ns = k_[has], n_[has]
    mean, people, total = ks.sum() / ns.sum(), has.sum(), ns.sum()
    strength, doubt = 999.0, 0.0
    if 0 < mean < 1 and people > 1 and (ns - 1).sum() > 0:
        spread = (ns * (ks / ns - mean) ** 2).sum() / (mean * (1 - mean))
        rho, doubt = differences(spread, people - 1, ((ns - 1) * (1 - ns / total)).sum(), people)
        strength = 1 / min(max(rho, 0.001), 0.5) - 1
    value = (k_ + mean * strength) / (n_ + strength)
    variance = with_doubt(value * (1 - value) / (n_ + strength + 1), doubt, strength / (n_ + strength), value, mean)
    between = mean * (1 - mean) / (strength + 1)
    return [Estimate(mean, strength, between, v, s) for v, s in zip(value, variance, strict=True)]


def rates(k: Sequence[float], e: Sequence[float]) -> list[Estimate]:
    """Gamma-Poisson by moments; everybody counts who has exposure."""
    k_, e_ = np.array(k, float), np.array(e, float)
    has = e_ > 0
    ks, es = k_[has], e_[has]
    mean, people = ks.sum() / es.sum(), has.sum()
    if people < 2 or mean == 0:
        return [Estimate(mean, None, 0.0, mean, 0.0)] * len(k_)
    spread, room = (es * (ks / es - mean) ** 2).sum(), es.sum() - (es**2).sum() / es.sum()
    between, doubt = differences(spread, (people - 1) * mean, room, people)
    strength = mean / between
    value = (k_ + mean * strength) / (e_ + strength)
    variance = with_doubt(value / (e_ + strength), doubt, strength / (e_ + strength), value, mean)
    return [Estimate(mean, strength, between, v, s) for v, s in zip(value, variance, strict=True)]


def amounts(x: Sequence[float], s2: Sequence[float]) -> list[Estimate]:
    """Normal-normal; Q about the mean weighted by 1/s²."""
    x_, v = np.array(x, float), np.maximum(np.array(s2, float), 1e-4)
    w = 1 / v
    q = (w * (x_ - (w * x_).sum() / w.sum()) ** 2).sum()
    between, doubt = 0.0, 0.0
    if len(x_) > 1:
        between, doubt = differences(q, len(x_) - 1, w.sum() - (w**2).sum() / w.sum(), len(x_))
    weight = 1 / (between + v)
    mean = (weight * x_).sum() / weight.sum()
    value = (between * x_ + v * mean) / (between + v)
    variance = with_doubt(between * v / (between + v), doubt, v / (between + v), value, mean)
    return [Estimate(mean, None, between, a, b) for a, b in zip(value, variance, strict=True)]


def random_teams(seed: int, draw: Callable[[np.random.Generator, np.ndarray, np.ndarray], np.ndarray]) -> list[Team]:
    """Of very different numbers of cases, two of them few; `draw` makes events of skills and cases."""
    random = np.random.default_rng(seed)
    teams = []
    for people in (2, 3, 8, 20, 60):
        skill = random.beta(4, 6, people)
        n = random.integers(0, 80, people)
        n[:2] = 5, 9
        teams.append((draw(random, skill, n).tolist(), n.tolist()))
    return teams


def random_proportions(seed: int) -> list[Team]:
    return random_teams(seed, lambda random, skill, n: random.binomial(n, skill))


def random_rates(seed: int) -> list[Team]:
    return random_teams(seed, lambda random, skill, n: random.poisson(n * skill))


def random_amounts(seed: int) -> list[Team]:
    random, teams = np.random.default_rng(seed), list[Team]()
    for people in (2, 3, 8, 20, 60):
        s2 = random.uniform(0.0001, 0.2, people)
        teams.append((random.normal(0.1, np.sqrt(0.05 + s2)).tolist(), s2.tolist()))
    return teams


PROPORTION_EDGES: dict[str, tuple[list[float], list[float], float | None]] = {
    "nobody succeeds": ([0, 0, 0], [10, 20, 5], 999.0),
    "everybody succeeds": ([10, 20, 5], [10, 20, 5], 999.0),
    "one person": ([3], [10], 999.0),
    "one trial each": ([1, 0, 1], [1, 1, 1], 999.0),
    "somebody without trials": ([4, 9, 0], [10, 12, 0], None),
    "one with trials among two": ([4, 0], [10, 0], 999.0),
    "no spread": ([5, 10, 15], [10, 20, 30], 23 / 3),  # as much as three people could hide: ρ = 4/(104/3)
    "as much spread as there can be": ([0, 40, 0, 40], [40, 40, 40, 40], 1.0),
}

RATE_EDGES: dict[str, Team] = {
    "nothing happens": ([0, 0], [10.0, 20.0]),
    "one person": ([7], [10.0]),
    "no spread": ([10, 10, 10], [10.0, 10.0, 10.0]),
    "no more spread than chance": ([10, 11, 9, 10, 10], [10.0, 10.0, 10.0, 10.0, 10.0]),
    "somebody without exposure": ([30, 5, 0], [10.0, 10.0, 0.0]),
    "parts of a month": ([9, 4, 1], [1.0, 0.5, 1 / 30]),
}

AMOUNT_EDGES: dict[str, Team] = {
    "certain": ([0.5, 0.1], [0.0, 0.0]),
    "one person": ([0.5], [0.04]),
    "alike": ([0.2, 0.21], [0.04, 0.05]),
}
