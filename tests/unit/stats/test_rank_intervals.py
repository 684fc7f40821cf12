"""Places and how sure they are, against the definition that stands in tests/support/rank_cases.py."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
import pytest

from tests.support.rank_cases import (
    EDGES,
    RANKED_MODELS,
    THROUGH_PHI,
    Person,
    Place,
    expected_places,
    misplaced,
    random_team,
)


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


def assert_places(found: Sequence[Place], expected: Sequence[Place]) -> None:
    assert [place[:3] + place[4:] for place in found] == [place[:3] + place[4:] for place in expected]
    assert [p.expected_rank for p in found] == pytest.approx([p.expected_rank for p in expected], abs=THROUGH_PHI)


def test_places_are_those_of_the_definition(db: duckdb.DuckDBPyConnection, sql: dict[str, str]) -> None:
    teams = [random_team(people, people) for people in (1, 2, 3, 7, 20, 50)]
    for team, found in zip(teams, run(db, sql["places"], *teams), strict=True):
        assert_places(found, expected_places(team))


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


@pytest.mark.parametrize("model", RANKED_MODELS)
def test_models_rank_by_the_definition(model: str) -> None:
    assert misplaced(model) == []
