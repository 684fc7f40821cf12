"""What small samples are drawn towards, one rule per kind of metric.

Numbers in, numbers out: nothing here knows a person, a period or a metric. Sums are exact (math.fsum), so that equals
stay equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

LEAST_CORRELATION, GREATEST_CORRELATION = 0.001, 0.5
LEAST_ADJUSTED_VARIANCE = 0.001
CERTAIN = 1 / LEAST_CORRELATION - 1
FEWEST_COUNTED = 4


@dataclass(frozen=True)
class Prior:
    """The role's mean, and how far people's true values lie from it."""

    mean: float
    between: float  # τ²; ρμ(1−μ) for proportions
    strength: float | None  # M or b or k; None: infinite, or for amounts none at all
    doubt: float  # the relative variance of τ²


def proportion_prior(successes: Sequence[float], trials: Sequence[float]) -> Prior | None:
    """Of counts k out of n > 0 each. None if there is nobody."""
    if not trials:
        return None
    everything = fsum(trials)
    mean = fsum(successes) / everything
    if not (0 < mean < 1 and len(trials) > 1 and max(trials) > 1):
        return Prior(mean, mean * (1 - mean) / (1 + CERTAIN), CERTAIN, 0.0)
    chance = mean * (1 - mean)
    spread = fsum(n * (k / n - mean) ** 2 for k, n in zip(successes, trials, strict=True)) / chance
    room = fsum((n - 1) * (1 - n / everything) for n in trials)
    correlation, doubt = _beyond_chance(spread, 1.0, room, len(trials))
    correlation = min(max(correlation, LEAST_CORRELATION), GREATEST_CORRELATION)
    return Prior(mean, chance * correlation, 1 / correlation - 1, doubt)


def shrink_proportion(prior: Prior, successes: float, trials: float) -> tuple[float, float]:
    """(value, variance); the mean for somebody without trials."""
    assert prior.strength is not None
    base = trials + prior.strength
    value = (successes + prior.mean * prior.strength) / base if trials else prior.mean
    return value, value * (1 - value) / (base + 1) + _doubtful(prior, prior.strength / base, value)


def rate_prior(counts: Sequence[float], exposures: Sequence[float]) -> Prior | None:
    """Of counts k over exposures e > 0. None if there is nobody."""
    if not exposures:
        return None
    mean = fsum(counts) / fsum(exposures)
    spread = fsum(e * (k / e - mean) ** 2 for k, e in zip(counts, exposures, strict=True))
    between, doubt = _beyond_chance(spread, mean, _room(exposures), len(exposures))
    return Prior(mean, between, mean / between if between > 0 else None, doubt)


def shrink_rate(prior: Prior, count: float, exposure: float) -> tuple[float, float]:
    """(value, variance); the mean for somebody without exposure, and for everybody where nothing can be seen."""
    if prior.strength is None:
        return prior.mean, 0.0
    if not exposure:
        return prior.mean, prior.between
    base = exposure + prior.strength
    value = (count + prior.mean * prior.strength) / base
    return value, value / base + _doubtful(prior, prior.strength / base, value)


def amount_prior(values: Sequence[float], variances: Sequence[float]) -> Prior | None:
    """Of values x, each known with variance s² > 0. None if there is nobody."""
    if not values:
        return None
    weights = [1 / variance for variance in variances]
    centre = _weighted_mean(values, weights)
    spread = fsum(w * (x - centre) ** 2 for x, w in zip(values, weights, strict=True))
    between, doubt = _beyond_chance(spread, 1.0, _room(weights), len(values))
    mean = _weighted_mean(values, [1 / (between + variance) for variance in variances])
    return Prior(mean, between, None, doubt)


def shrink_amount(prior: Prior, value: float | None, variance: float | None) -> tuple[float, float]:
    """(value, variance); the mean for somebody left out (value or variance None), and for one person alone."""
    if value is None or variance is None or prior.between == 0:
        return prior.mean, prior.between
    shared = prior.between + variance
    shrunk = (prior.between * value + variance * prior.mean) / shared
    return shrunk, prior.between * variance / shared + _doubtful(prior, variance / shared, shrunk)


def adjusted_prior(won: Sequence[float], expected: Sequence[float], mean: float) -> Prior:
    """Of wins against expected wins, as shares of the expectation; wins are binomial around it."""
    pairs = [(w, e) for w, e in zip(won, expected, strict=True) if e > 0]
    spread = fsum(e * (w / e - 1) ** 2 for w, e in pairs)
    found, doubt = _beyond_chance(spread, 1 - mean, _room([e for _, e in pairs]), len(pairs))
    between = max(LEAST_ADJUSTED_VARIANCE, found)
    return Prior(mean, between, (1 - mean) / between, doubt)


def shrink_adjusted(prior: Prior, won: float, expected: float) -> tuple[float, float]:
    """(value, variance) of the close rate on an average mix; the mean for somebody without deals."""
    assert prior.strength is not None
    mean, base = prior.mean, expected + prior.strength
    if not base:
        return mean, 0.0
    value = mean * (won + prior.strength) / base
    return value, mean * (1 - mean) * value / base + _doubtful(prior, prior.strength / base, value)


def _beyond_chance(spread: float, chance: float, room: float, people: int) -> tuple[float, float]:
    """τ² and its relative variance, after Morris (1983); (0, 0) where there is nothing to see it by.

    `spread` is Σ weight · (x − mean)²; chance alone adds `chance` a person but one to it, and each unit of τ² `room`.
    """
    if people < 2 or room <= 0:
        return 0.0, 0.0
    counted = max(people, FEWEST_COUNTED)
    by_chance = (people - 1) * chance
    wide = max(spread, by_chance) * (counted - 1) / (counted - 3)
    excess = wide - by_chance
    if excess <= 0:
        return 0.0, 0.0
    return excess / room, min(1.0, 2 / (counted - 3) * (wide / excess) ** 2)


def _doubtful(prior: Prior, pull: float, value: float) -> float:
    """What not knowing τ² adds to the variance of a value of which `pull` is the weight of the mean."""
    return prior.doubt * (pull * (value - prior.mean)) ** 2


def _room(weights: Sequence[float]) -> float:
    everything = fsum(weights)
    return everything - fsum(w * w for w in weights) / everything if everything else 0.0


def _weighted_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return fsum(w * x for x, w in zip(values, weights, strict=True)) / fsum(weights)
