"""Places and how sure they are, against the definition written down again with the standard library's Φ."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import sqrt
from statistics import NormalDist, fmean
from typing import NamedTuple

import duckdb
import numpy as np
import pytest

NORMAL = NormalDist()
MONTH = date(2026, 4, 1)
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


def run(db: duckdb.DuckDBPyConnection, query: str, *teams: Sequence[Person]) -> list[list[Place]]:
    """Places of everybody, team by team."""
    people = [(team, person, *values) for team, members in enumerate(teams) for person, values in enumerate(members)]
    columns = [list(column) for column in zip(*people, strict=True)]
    db.execute(
        "create or replace table given_rows as select unnest(?)::integer as team, date '2026-04-01' as month, "
        "unnest(?)::integer as person, unnest(?)::double as value, unnest(?)::double as sd",
        columns,
    )
    found: list[list[Place]] = [[] for _ in teams]
    for team, *place in db.execute(
        f"select team, {', '.join(Place._fields)} from ({query}) as q order by team, person"
    ).fetchall():
        found[team].append(Place(*place))
    return found


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


def assert_places(found: Sequence[Place], expected: Sequence[Place]) -> None:
    assert [place[:3] + place[4:] for place in found] == [place[:3] + place[4:] for place in expected]
    assert [p.expected_rank for p in found] == pytest.approx([p.expected_rank for p in expected], abs=THROUGH_PHI)


def test_places_are_those_of_the_definition(db: duckdb.DuckDBPyConnection, sql: dict[str, str]) -> None:
    teams = [random_team(people, people) for people in (1, 2, 3, 7, 20, 50)]
    for team, found in zip(teams, run(db, sql["places"], *teams), strict=True):
        assert_places(found, expected_places(team))


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


@pytest.mark.parametrize("edge", EDGES)
def test_places_at_the_edge(db: duckdb.DuckDBPyConnection, sql: dict[str, str], edge: str) -> None:
    team = [(round(value, 12), sd) for value, sd in EDGES[edge]]
    assert_places(run(db, sql["places"], EDGES[edge])[0], expected_places(team))


def test_equal_values_share_a_rank_and_the_next_is_left_out(db: duckdb.DuckDBPyConnection, sql: dict[str, str]) -> None:
    (found,) = run(db, sql["places"], EDGES["alike to 12 decimals"] + [(0.2, 0.0)])
    assert [place.rank for place in found] == [1, 1, 1, 4]


# A step between two points is read as a slope, which among more than 50 people is a matter of one place.
WITHOUT_STEPS = ("one alone", "all alike and sure", "all alike and unsure", "negative", "hardly known")


@pytest.mark.parametrize("edge", WITHOUT_STEPS)
def test_the_table_of_points_gives_the_same_at_the_edge(
    db: duckdb.DuckDBPyConnection, sql: dict[str, str], edge: str
) -> None:
    exact, tabulated = (run(db, sql[name], EDGES[edge])[0] for name in ("places_exactly", "places_tabulated"))
    assert_places(tabulated, exact)


def test_the_table_of_points_is_off_by_at_most_one_rank_in_less_than_one_of_a_hundred(
    db: duckdb.DuckDBPyConnection, sql: dict[str, str]
) -> None:
    teams = [random_team(seed, people) for seed, people in enumerate((51, 60, 80, 120, 200, 300))]
    exact, tabulated = (run(db, sql[name], *teams) for name in ("places_exactly", "places"))
    off = [
        abs(getattr(one, end) - getattr(other, end))
        for team, other_team in zip(exact, tabulated, strict=True)
        for one, other in zip(team, other_team, strict=True)
        for end in ("rank_low", "rank_high")
    ]
    assert max(off) <= 1
    assert np.mean(off) < 0.01
    assert [[p.rank for p in team] for team in exact] == [[p.rank for p in team] for team in tabulated]


def test_order_and_threads_change_no_bit(db: duckdb.DuckDBPyConnection, sql: dict[str, str]) -> None:
    teams = [random_team(seed, 40) for seed in range(60)] + [random_team(99, 90)]
    run(db, sql["places"], *teams)
    db.execute("set preserve_insertion_order = false")
    results = []
    for threads, order in ((1, "team, person"), (8, "hash(person, team)")):
        db.execute(f"create or replace table given_rows as select * from given_rows order by {order}")
        db.execute(f"set threads = {threads}")
        results.append(db.execute(f"select * from ({sql['places']}) as q order by team, person").fetchall())
    assert results[0] == results[1]
