"""Who can be ranked, by what, and where they stand: on every metric, and in the role.

Rows of one role and period go in; the estimators are in shrinkage.py, places in places.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import fmean, median

from tests.recomputation.definitions import MIN_TENURE_DAYS, PRIMARY, RANKED, STANDS_IN, Ranked
from tests.recomputation.kept import COACHING_FOCUS, archetype
from tests.recomputation.people import UNASSIGNED
from tests.recomputation.places import Z90, Place, places, tier
from tests.recomputation.ratios import Row
from tests.recomputation.shrinkage import (
    Prior,
    adjusted_prior,
    amount_prior,
    proportion_prior,
    rate_prior,
    shrink_adjusted,
    shrink_amount,
    shrink_proportion,
    shrink_rate,
)

MIN_TOP_ACCOUNTS = 2


@dataclass
class Standing:
    """One person on one metric."""

    prior: Prior | None  # None: nobody in the role has a denominator
    n: float
    reason: str | None  # why not ranked
    shrunk: float | None = None  # None without an assignment
    sd: float | None = None
    low: float | None = None
    high: float | None = None
    tier: str | None = None
    place: Place | None = None
    ranked_count: int = 0
    z: float | None = None  # as counted in the role's score


Standings = dict[str, dict[str, Standing]]  # person -> metric -> standing


def rank(rows: list[Row], role: str, key: str) -> Standings:
    """Add the shrunk values and group R to all rows of one role and period; returns everybody's standings."""
    standings: Standings = {row[key]: {} for row in rows}
    for definition in RANKED[role]:
        for row, standing in zip(rows, _standings(rows, definition, key), strict=True):
            standings[row[key]][definition.metric] = standing
            row[f"{definition.metric}_shrunk"] = standing.shrunk
            row[f"{definition.metric}_low"] = standing.low
            row[f"{definition.metric}_high"] = standing.high
    _add_scores(rows, role, key, standings)
    if role == "AM":
        _add_archetypes(rows, key, standings)
    return standings


def _standings(rows: list[Row], definition: Ranked, key: str) -> list[Standing]:
    """Of everybody on one metric, in the order of the rows."""
    prior = _prior(rows, definition)
    standings = [
        Standing(prior, float(row[definition.n] or 0), not_ranked_reason(row, definition, key)) for row in rows
    ]
    for row, standing in zip(rows, standings, strict=True):
        if prior is not None and row["days_in_role"]:
            value, variance = _shrink(prior, row, definition)
            standing.shrunk, standing.sd = value, sqrt(variance)
            standing.low, standing.high = value - Z90 * standing.sd, value + Z90 * standing.sd
            standing.tier = tier(standing.low, standing.high, prior.mean)
            if definition.kind == "proportion":
                standing.low, standing.high = max(0.0, standing.low), min(1.0, standing.high)
    placed = [s for s in standings if s.reason is None]
    found = places([s.shrunk or 0.0 for s in placed], [s.sd or 0.0 for s in placed])
    for standing, place in zip(placed, found, strict=True):
        standing.place = place
    for standing in standings:
        standing.ranked_count = len(placed)
    return standings


def not_ranked_reason(row: Row, definition: Ranked, key: str) -> str | None:
    """The first that holds."""
    if row[key] == UNASSIGNED or row["days_in_role"] == 0:
        return "no_assignment"
    if not row["in_role_at_end"]:
        return "not_in_role_at_end"
    if row["tenure_days"] < MIN_TENURE_DAYS:
        return "below_min_tenure"
    too_few_top = definition.metric == "top_client_retention" and (row["top_accounts"] or 0) < MIN_TOP_ACCOUNTS
    if (row[definition.n] or 0) < definition.min_n or too_few_top:
        return "below_min_n"
    if definition.kind == "adjusted" and not row["mix_identified"]:
        return "mix_not_identified"
    return None


def _prior(rows: list[Row], definition: Ranked) -> Prior | None:
    """What people are drawn towards: made by those assigned to the role who have something to count."""
    if definition.kind == "adjusted":
        everybody = [row for row in rows if row["cohort_deals"]]
        if not everybody:
            return None
        won = [row["cohort_won"] for row in everybody]
        mean = sum(won) / sum(row["cohort_deals"] for row in everybody)
        return adjusted_prior(won, [row["expected_wins"] for row in everybody], mean)
    assigned = [row for row in rows if row["days_in_role"]]
    if definition.kind == "amount":
        known = [row for row in assigned if row[f"{definition.metric}_s2"] is not None]
        return amount_prior([r[definition.metric] for r in known], [r[f"{definition.metric}_s2"] for r in known])
    counted = [row for row in assigned if row[definition.denominator] and row[definition.numerator] is not None]
    rule = proportion_prior if definition.kind == "proportion" else rate_prior
    return rule([r[definition.numerator] for r in counted], [r[definition.denominator] for r in counted])


def _shrink(prior: Prior, row: Row, definition: Ranked) -> tuple[float, float]:
    if definition.kind == "amount":
        return shrink_amount(prior, row[definition.metric], row[f"{definition.metric}_s2"])
    numerator, denominator = row[definition.numerator] or 0, row[definition.denominator] or 0
    if definition.kind == "adjusted":
        return shrink_adjusted(prior, numerator, denominator)
    if definition.kind == "rate":
        return shrink_rate(prior, numerator, denominator)
    return shrink_proportion(prior, numerator, denominator)


def _counts_by(role: str, row: Row) -> dict[str, str]:
    """Metric of the score -> metric whose value counts for it: close_rate where the mix is not identified."""
    weighted = [definition.metric for definition in RANKED[role] if definition.weight]
    return {m: STANDS_IN[m] if m in STANDS_IN and not row["mix_identified"] else m for m in weighted}


def _add_scores(rows: list[Row], role: str, key: str, standings: Standings) -> None:
    """Group R: by the weighted sum of how many standard deviations somebody lies from the mean of the ranked."""
    counts_by = {row[key]: _counts_by(role, row) for row in rows}
    primary = PRIMARY[role]
    for row in rows:
        row["not_ranked_reason"] = standings[row[key]][counts_by[row[key]][primary]].reason
        row["is_ranked"] = row["not_ranked_reason"] is None
    placed = [row for row in rows if row["is_ranked"]]
    scores, variances = [0.0] * len(placed), [0.0] * len(placed)
    for definition in RANKED[role]:
        if definition.weight:
            own = [standings[row[key]][counts_by[row[key]][definition.metric]] for row in placed]
            for at, (row, (z, sd)) in enumerate(zip(placed, _z_scores(own), strict=True)):
                standings[row[key]][definition.metric].z = z
                scores[at] += definition.weight * z
                variances[at] += (definition.weight * sd) ** 2
    _add_places(rows, placed, scores, [sqrt(variance) for variance in variances])


def _z_scores(standings: list[Standing]) -> list[tuple[float, float]]:
    """(z, its standard error) of each; 0 where nobody differs or nothing is known."""
    values = [s.shrunk for s in standings if s.shrunk is not None]
    if len(values) < len(standings) or not values:
        return [(0.0, 0.0)] * len(standings)
    mean = fmean(values)
    sd = sqrt(fmean((value - mean) ** 2 for value in values))
    if round(sd, 12) == 0:
        return [(0.0, 0.0)] * len(standings)
    return [(((s.shrunk or 0.0) - mean) / sd if s.n else 0.0, (s.sd or 0.0) / sd) for s in standings]


def _add_places(rows: list[Row], placed: list[Row], scores: list[float], sds: list[float]) -> None:
    for row in rows:
        names = ("score", "score_low", "score_high", "rank", "rank_low", "rank_high", "expected_rank", "tier")
        row.update(dict.fromkeys(names), ranked_count=len(placed))
    for row, score, sd, place in zip(placed, scores, sds, places(scores, sds), strict=True):
        low, high = score - Z90 * sd, score + Z90 * sd
        row.update(
            score=score,
            score_low=low,
            score_high=high,
            rank=place.rank,
            rank_low=place.rank_low,
            rank_high=place.rank_high,
            expected_rank=place.expected_rank,
            tier=tier(low, high, 0.0),
        )


def _add_archetypes(rows: list[Row], key: str, standings: Standings) -> None:
    peers = [row for row in rows if standings[row[key]]["upsell_rate"].reason is None]
    medians = {}
    for metric in ("top_client_retention", "tail_logo_retention", "grr"):
        known = [row[metric] for row in peers if row[metric] is not None]
        medians[metric] = median(known) if known else None
    for row in rows:
        row["archetype"] = archetype(row, medians)
        row["coaching_focus"] = COACHING_FOCUS.get(row["archetype"])
