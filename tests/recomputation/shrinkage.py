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


@dataclass(frozen=True)
class Prior:
    """The role's mean, and how far people's true values lie from it."""

    mean: float
    between: float  # τ²; ρμ(1−μ) for proportions
    strength: float | None  # M or b or k; None: infinite, or for amounts none at all


def proportion_prior(successes: Sequence[float], trials: Sequence[float]) -> Prior | None:
    """Of counts k out of n > 0 each. None if there is nobody."""
    if not trials:
        return None
    everything = fsum(trials)
    mean = fsum(successes) / everything
    weight = fsum((n - 1) * (1 - n / everything) for n in trials)
    strength = CERTAIN
    if 0 < mean < 1 and len(trials) > 1 and sum(n - 1 for n in trials) > 0:
        spread = fsum(n * (k / n - mean) ** 2 for k, n in zip(successes, trials, strict=True)) / (mean * (1 - mean))
        correlation = min(max((spread - (len(trials) - 1)) / weight, LEAST_CORRELATION), GREATEST_CORRELATION)
        strength = 1 / correlation - 1
    return Prior(mean, mean * (1 - mean) / (1 + strength), strength)


def shrink_proportion(prior: Prior, successes: float, trials: float) -> tuple[float, float]:
    """(value, variance); the mean for somebody without trials."""
    assert prior.strength is not None
    value = (successes + prior.mean * prior.strength) / (trials + prior.strength)
    return (value if trials else prior.mean), value * (1 - value) / (trials + prior.strength + 1)


def rate_prior(counts: Sequence[float], exposures: Sequence[float]) -> Prior | None:
    """Of counts k over exposures e > 0. None if there is nobody."""
    if not exposures:
        return None
    everything = fsum(exposures)
    mean = fsum(counts) / everything
    spread = fsum(e * (k / e - mean) ** 2 for k, e in zip(counts, exposures, strict=True))
    between = _moment(spread - (len(exposures) - 1) * mean, exposures)
    return Prior(mean, between, mean / between if between > 0 else None)


def shrink_rate(prior: Prior, count: float, exposure: float) -> tuple[float, float]:
    """(value, variance); the mean for somebody without exposure, and for everybody where nobody differs."""
    if prior.strength is None:
        return prior.mean, 0.0
    if not exposure:
        return prior.mean, prior.between
    value = (count + prior.mean * prior.strength) / (exposure + prior.strength)
    return value, value / (exposure + prior.strength)


def amount_prior(values: Sequence[float], variances: Sequence[float]) -> Prior | None:
    """Of values x, each known with variance s² > 0. None if there is nobody."""
    if not values:
        return None
    weights = [1 / variance for variance in variances]
    centre = _weighted_mean(values, weights)
    spread = fsum(w * (x - centre) ** 2 for x, w in zip(values, weights, strict=True))
    between = _moment(spread - (len(values) - 1), weights)
    return Prior(_weighted_mean(values, [1 / (between + variance) for variance in variances]), between, None)


def shrink_amount(prior: Prior, value: float | None, variance: float | None) -> tuple[float, float]:
    """(value, variance); the mean for somebody left out (value or variance None), and where nobody differs."""
    if value is None or variance is None or prior.between == 0:
        return prior.mean, prior.between
    shared = prior.between + variance
    return (prior.between * value + variance * prior.mean) / shared, prior.between * variance / shared


def adjusted_prior(won: Sequence[float], expected: Sequence[float], mean: float) -> Prior:
    """Of wins against expected wins, as shares of the expectation; wins are binomial around it."""
    spread = fsum(e * (w / e - 1) ** 2 for w, e in zip(won, expected, strict=True) if e > 0)
    between = max(
        LEAST_ADJUSTED_VARIANCE, _moment(spread - (len(expected) - 1) * (1 - mean), [e for e in expected if e > 0])
    )
    return Prior(mean, between, (1 - mean) / between)


def shrink_adjusted(prior: Prior, won: float, expected: float) -> tuple[float, float]:
    """(value, variance) of the close rate on an average mix; the mean for somebody without deals."""
    assert prior.strength is not None
    mean, base = prior.mean, expected + prior.strength
    if not base:
        return mean, 0.0
    return mean * (won + prior.strength) / base, mean**2 * (1 - mean) * (won + prior.strength) / base**2


def _moment(excess: float, weights: Sequence[float]) -> float:
    """What is left of a weighted spread once chance is taken off, per unit of weight; 0 if nothing is, or of one."""
    everything = fsum(weights)
    unit = everything - fsum(w * w for w in weights) / everything if len(weights) > 1 else 0.0
    return max(0.0, excess / unit) if unit > 0 else 0.0


def _weighted_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return fsum(w * x for x, w in zip(values, weights, strict=True)) / fsum(weights)
