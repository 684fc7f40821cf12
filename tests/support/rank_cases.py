"""Who stands where and how surely, by the definition written down again with the standard library's Φ, and the two
models that publish ranks held against it. How the SQL finds a place is not said here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from math import sqrt
from statistics import NormalDist, fmean
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tests.support.compiled_sql import rows_found

NORMAL = NormalDist()
QUANTILES = [NORMAL.inv_cdf((number - 0.5) / 21) for number in range(1, 22)]
# What Φ by its approximation may move a sum of up to 50 terms by.
THROUGH_PHI = 1e-5

Person = tuple[float, float]  # value, sd


class Place(NamedTuple):
    rank: int
    rank_low: int
    rank_high: int
    expected_rank: float
    ranked_count: int


def phi(difference: float, sd: float) -> float:
    if sd > 0:
        return NORMAL.cdf(difference / sd)
    return 0.5 if difference == 0 else float(difference > 0)


def expected_places(team: Sequence[Person]) -> list[Place]:
    """Every pair at 21 points of each person's distribution, and every rank tried in turn."""
    return [_expected_place(team, i) for i in range(len(team))]


def _expected_place(team: Sequence[Person], i: int) -> Place:
    value, sd = team[i]
    moments = []
    for z in QUANTILES:
        ahead = [phi(other - (value + z * sd), spread) for j, (other, spread) in enumerate(team) if j != i]
        moments.append((1 + sum(ahead), sqrt(sum(p * (1 - p) for p in ahead))))
    reached = [fmean(phi(rank + 0.5 - mean, spread) for mean, spread in moments) for rank in range(1, len(team) + 1)]
    low, high = (
        next((rank for rank, chance in enumerate(reached, 1) if chance >= share), len(team)) for share in (0.05, 0.95)
    )
    better = sum(round(other, 12) > round(value, 12) for other, _ in team)
    return Place(1 + better, low, high, fmean(mean for mean, _ in moments), len(team))


def random_team(seed: int, people: int) -> list[Person]:
    """Shrunk shares of people with very different numbers of cases, as metrics see them."""
    random = np.random.default_rng(seed)
    n = random.integers(5, 120, people)
    strength = 40
    shares = (random.binomial(n, random.beta(12, 28, people)) + 0.3 * strength) / (n + strength)
    return list(zip(shares.tolist(), np.sqrt(shares * (1 - shares) / (n + strength + 1)).tolist(), strict=True))


EDGES: dict[str, list[Person]] = {
    "one alone": [(0.4, 0.2)],
    "all alike and sure": [(0.5, 0.0)] * 4,
    "all alike and unsure": [(0.5, 0.1)] * 4,
    "alike to 12 decimals": [(0.3, 0.0), (0.1 + 0.2, 0.0), (0.3 + 4e-13, 0.0)],
    "some sure, some not": [(0.5, 0.0), (0.5, 0.2), (0.4, 0.0)],
    "sure and apart": [(1.0, 0.0), (3.0, 0.0), (2.0, 0.0)],
    "one sure above the unsure": [(9.0, 0.0), (0.1, 0.3), (0.2, 0.3)],
    "negative": [(-3.0, 0.5), (-2.5, 0.5), (-2.0, 0.5)],
    "hardly known": [(0.5, 1e6), (0.6, 1e6)],
}

# Up to 50 people every pair is looked at; more are read from a table of points, which is a matter of one place at most.
LARGE = 60
# So many need the search to its last step.
HUGE = 9000
RANKED_MODELS = ("fct_metric_ranks", "fct_role_ranks")
_BY_SHARE = {"metric": "share", "kind": "proportion", "direction": "higher"}
_DAY = date(1999, 1, 1)


def misplaced(model: str, sql: str = "") -> list[str]:
    """People of the teams below whom the model, or other SQL in its place, puts where the definition does not."""
    columns = f"extract(year from period_start) - 2000, user_id, {', '.join(Place._fields)}"
    rows = rows_found(model, sql, _inputs(), columns)
    found = {(team, user): Place(*place) for team, user, *place in rows}
    if sorted(found) != sorted(_expected()):
        return ["somebody is gone, or there twice"]
    return [f"{team}, {user}" for (team, user), place in _expected().items() if not _is_near(found[team, user], place)]


def _is_near(found: Place, expected: Place) -> bool:
    """Whether it is the place up to what Φ may move it by, and up to one where it was read from a table."""
    is_large = expected.ranked_count == LARGE
    if None in found or (found.rank, found.ranked_count) != (expected.rank, expected.ranked_count):
        return False
    off = max(abs(found.rank_low - expected.rank_low), abs(found.rank_high - expected.rank_high))
    return off <= is_large and abs(found.expected_rank - expected.expected_rank) <= (0.1 if is_large else THROUGH_PHI)


@cache
def _teams() -> list[list[Person]]:
    edges = [[(round(value, 12), sd) for value, sd in team] for team in EDGES.values()]
    return [*edges, *(random_team(people, people) for people in (7, 20, LARGE)), [(0.5, 0.1)] * HUGE]


@cache
def _expected() -> dict[tuple[int, str], Place]:
    return {
        (number, f"{person:05}"): place
        for number, team in enumerate(_teams())
        for person, place in enumerate(_places(team))
    }


def _places(team: Sequence[Person]) -> list[Place]:
    """Those of people who are all alike are found once."""
    return [_expected_place(team, 0)] * len(team) if len(set(team)) == 1 else expected_places(team)


@cache
def _inputs() -> Mapping[str, pa.Table]:
    """Every team in a year of its own, all of it ranked by one metric."""
    people = [
        (date(2000 + number, 1, 1), f"{person:05}", value, sd)
        for number, team in enumerate(_teams())
        for person, (value, sd) in enumerate(team)
    ]
    starts, users, values, sds = (list(column) for column in zip(*people, strict=True))
    rows = {"role": "SDR", "period_type": "year", "period_start": starts, "user_id": users}
    return {
        "metrics": _table(1, role="SDR", metric="share", min_n=1, min_tenure_days=0),
        "int_periods": _table(len(_teams()), period_type="year", period_start=sorted(set(starts)), previous_start=_DAY),
        "int_role_members": _table(len(people), **rows, in_role_at_end=True, tenure_days=365),
        "fct_ae_periods": _table(1, period_type="", period_start=_DAY, ae_id="", mix_identified=True),
        "fct_metric_estimates": _table(
            len(people), **rows, **_BY_SHARE, shrunk=values, sd=sds, n=10.0, standard_error=0.0
        ),
        "fct_role_eligibility": _table(len(people), **rows, not_ranked_reason=pa.nulls(len(people), pa.string())),
        "fct_metric_scores": _table(len(people), **rows, z=values, z_sd=sds, weight=1.0),
    }


def _table(rows: int, **columns: Any) -> pa.Table:
    """A table of so many rows; what is no column stands in every row."""
    is_whole = (list, pa.Array)
    return pa.table({name: given if isinstance(given, is_whole) else [given] * rows for name, given in columns.items()})
