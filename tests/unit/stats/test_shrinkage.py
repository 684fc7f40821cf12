"""The three estimators against their definitions in support/shrinkage.py, and at their edges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import duckdb
import numpy as np
import pytest

from tests.support.shrinkage import (
    PROPORTION_EDGES,
    RATE_EDGES,
    Estimate,
    amounts,
    proportions,
    random_amounts,
    random_proportions,
    random_rates,
    rates,
)

MONTH = date(2026, 4, 1)
TOLERANCE = 1e-9


class Case(NamedTuple):
    """One person: k of n (or per exposure n), or a value with a sampling variance."""

    numerator: float | None = None
    denominator: float | None = None
    value: float | None = None
    sampling_variance: float | None = None
    is_member: bool = True


def run(db: duckdb.DuckDBPyConnection, query: str, *teams: Iterable[Case]) -> list[list[Estimate]]:
    """Estimates of everybody, team by team."""
    db.execute(
        "create or replace table given_rows (team integer, month date, person integer, numerator double, "
        "denominator double, value double, sampling_variance double, is_member boolean)"
    )
    rows = [(team, MONTH, person, *case) for team, cases in enumerate(teams) for person, case in enumerate(cases)]
    db.executemany("insert into given_rows values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    found: list[list[Estimate]] = [[] for _ in teams]
    columns = f"team, {', '.join(Estimate._fields)}"
    for team, *estimate in db.execute(f"select {columns} from ({query}) as q order by team, person").fetchall():
        found[team].append(Estimate(*estimate))
    return found


def assert_close(found: Sequence[Estimate], expected: Sequence[Estimate]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        for name, a, b in zip(Estimate._fields, one, other, strict=True):
            assert (a is None) == (b is None), (name, one, other)
            assert a is None or b is None or a == pytest.approx(b, rel=TOLERANCE, abs=TOLERANCE), (name, one, other)


def of(k: Iterable[float], n: Iterable[float]) -> list[Case]:
    return [Case(numerator=a, denominator=b) for a, b in zip(k, n, strict=True)]


@pytest.mark.parametrize("seed", range(4))
def test_proportions_are_those_of_the_definition(db: duckdb.DuckDBPyConnection, sql: dict[str, str], seed: int) -> None:
    teams = random_proportions(seed)
    found = run(db, sql["proportions"], *(of(k, n) for k, n in teams))
    for (k, n), estimates in zip(teams, found, strict=True):
        assert_close(estimates, proportions(k, n))
    assert len({estimates[0].prior_strength for estimates in found}) > 1


@pytest.mark.parametrize("seed", range(4))
def test_rates_are_those_of_the_definition(db: duckdb.DuckDBPyConnection, sql: dict[str, str], seed: int) -> None:
    teams = random_rates(seed)
    found = run(db, sql["rates"], *(of(k, n) for k, n in teams))
    for (k, n), estimates in zip(teams, found, strict=True):
        assert_close(estimates, rates(k, n))
    assert any(estimates[0].between_variance for estimates in found)


@pytest.mark.parametrize("seed", range(4))
def test_amounts_are_those_of_the_definition(db: duckdb.DuckDBPyConnection, sql: dict[str, str], seed: int) -> None:
    teams = random_amounts(seed)
    found = run(
        db, sql["amounts"], *([Case(value=a, sampling_variance=b) for a, b in zip(*t, strict=True)] for t in teams)
    )
    for (x, s2), estimates in zip(teams, found, strict=True):
        assert_close(estimates, amounts(x, s2))
    assert any(estimates[0].between_variance for estimates in found)


@pytest.mark.parametrize("edge", PROPORTION_EDGES)
def test_proportions_at_the_edge(db: duckdb.DuckDBPyConnection, sql: dict[str, str], edge: str) -> None:
    k, n, strength = PROPORTION_EDGES[edge]
    (found,) = run(db, sql["proportions"], of(k, n))
    assert_close(found, proportions(k, n))
    if strength is not None:
        assert found[0].prior_strength == pytest.approx(strength, rel=TOLERANCE)
    if edge in ("nobody succeeds", "everybody succeeds"):
        assert {(one.shrunk, one.variance) for one in found} == {(float(k[0] > 0), 0.0)}
    if edge == "no spread":
        assert [one.shrunk for one in found] == pytest.approx([0.5] * 3, abs=1e-15)


@pytest.mark.parametrize("edge", RATE_EDGES)
def test_rates_at_the_edge(db: duckdb.DuckDBPyConnection, sql: dict[str, str], edge: str) -> None:
    k, e = RATE_EDGES[edge]
    (found,) = run(db, sql["rates"], of(k, e))
    assert_close(found, rates(k, e))
    if edge in ("nothing happens", "one person"):
        assert {(one.shrunk, one.variance, one.prior_strength) for one in found} == {(found[0].role_mean, 0.0, None)}
    if edge == "no spread":
        assert {one.shrunk for one in found} == {1.0}
        assert [one.variance for one in found] == pytest.approx([1 / (10 + 5)] * 3)
    if edge == "somebody without exposure":
        assert (found[2].shrunk, found[2].variance) == (found[2].role_mean, found[2].between_variance)


def test_amounts_at_the_edge(db: duckdb.DuckDBPyConnection, sql: dict[str, str]) -> None:
    certain = [Case(value=0.5, sampling_variance=0.0), Case(value=0.1, sampling_variance=0.0)]
    alone = [Case(value=0.5, sampling_variance=0.04)]
    alike = [Case(value=0.2, sampling_variance=0.04), Case(value=0.21, sampling_variance=0.05)]
    found = run(db, sql["amounts"], certain, alone, alike)
    assert_close(found[0], amounts([0.5, 0.1], [0.0, 0.0]))
    assert_close(found[1], [Estimate(0.5, None, 0.0, 0.5, 0.0)])
    assert_close(found[2], amounts([0.2, 0.21], [0.04, 0.05]))
    assert min(one.variance for one in found[2]) > 0


def test_an_amount_of_too_few_accounts_is_left_out_and_gets_the_mean(
    db: duckdb.DuckDBPyConnection, sql: dict[str, str]
) -> None:
    known = [Case(value=0.5, sampling_variance=0.01), Case(value=0.1, sampling_variance=0.02)]
    (found,) = run(db, sql["amounts"], [*known, Case(value=9.0), Case()])
    assert_close(found[:2], amounts([0.5, 0.1], [0.01, 0.02]))
    between, mean = found[0].between_variance, found[0].role_mean
    assert [(one.shrunk, one.variance) for one in found[2:]] == [(mean, between)] * 2


def test_who_is_not_of_the_role_does_not_move_its_mean(db: duckdb.DuckDBPyConnection, sql: dict[str, str]) -> None:
    guest = Case(90, 100, 9.0, 0.01, is_member=False)
    shares = run(db, sql["proportions"], [*of([3, 7], [10, 10]), guest])[0]
    speeds = run(db, sql["rates"], [*of([3, 17], [10, 10]), guest])[0]
    growths = run(db, sql["amounts"], [Case(None, None, 0.2, 0.01), Case(None, None, 0.6, 0.01), guest])[0]
    assert_close(shares[:2], proportions([3, 7], [10, 10]))
    assert_close(speeds[:2], rates([3, 17], [10, 10]))
    assert_close(growths[:2], amounts([0.2, 0.6], [0.01, 0.01]))


@pytest.mark.parametrize("query", ["proportions", "rates", "amounts"])
def test_where_nobody_has_data_nothing_is_known(db: duckdb.DuckDBPyConnection, sql: dict[str, str], query: str) -> None:
    (found,) = run(db, sql[query], [Case(0, 0), Case(None, None)])
    assert set(found) == {Estimate(None, None, None, None, None)}


@pytest.mark.parametrize("query", ["proportions", "rates"])
def test_trials_whose_outcome_was_never_delivered_tell_nothing(
    db: duckdb.DuckDBPyConnection, sql: dict[str, str], query: str
) -> None:
    (found,) = run(db, sql[query], [Case(None, 10), Case(None, 20), Case(None, 5)])
    assert set(found) == {Estimate(None, None, None, None, None)}


@pytest.mark.parametrize("query", ["proportions", "rates"])
def test_doubling_every_count_keeps_the_order(db: duckdb.DuckDBPyConnection, sql: dict[str, str], query: str) -> None:
    k, n = [8, 3, 19, 6], [20, 20, 40, 30]
    once, twice = run(db, sql[query], of(k, n), of([2 * a for a in k], [2 * b for b in n]))
    order = [np.argsort([one.shrunk for one in team]).tolist() for team in (once, twice)]
    assert order[0] == order[1]


def test_what_is_not_known_of_the_spread_widens_by_how_much_it_moves_the_value(
    db: duckdb.DuckDBPyConnection, sql: dict[str, str]
) -> None:
    random = np.random.default_rng(1)
    x, s2 = random.normal(0, 0.5, 40), random.uniform(0.01, 0.2, 40)
    (found,) = run(db, sql["amounts"], [Case(value=a, sampling_variance=b) for a, b in zip(x, s2, strict=True)])
    between, mean, step = found[0].between_variance or 0, found[0].role_mean, 1e-5
    more, less = ((t * x + s2 * mean) / (t + s2) for t in (between * np.exp(step), between * np.exp(-step)))
    moves = ((more - less) / (2 * step)) ** 2
    added = np.array([one.variance for one in found]) - between * s2 / (between + s2)
    doubts = added / moves
    assert doubts == pytest.approx(doubts.mean(), rel=1e-4)
    assert 2 / 37 < doubts.mean() < 1


@pytest.mark.parametrize("query", ["proportions", "rates", "amounts"])
def test_among_equals_chance_is_hardly_ever_taken_for_a_difference(
    db: duckdb.DuckDBPyConnection, sql: dict[str, str], query: str
) -> None:
    random = np.random.default_rng(2)
    teams = []
    for people in random.integers(4, 40, 200):
        n, s2 = random.integers(10, 80, people), random.uniform(0.005, 0.05, people)
        k = random.binomial(n, 0.5) if query == "proportions" else random.poisson(n * 0.5)
        x = random.normal(0.5, np.sqrt(s2))
        teams.append([Case(float(a), float(b), c, d) for a, b, c, d in zip(k, n, x, s2, strict=True)])
    found = [one for team in run(db, sql[query], *teams) for one in team]
    distance = np.array([abs(one.shrunk - one.role_mean) for one in found])
    sd = np.sqrt([one.variance for one in found])
    assert (distance > 1.645 * sd).mean() < 0.01
    # and nobody is known better than their own numbers allow
    assert (np.abs(np.array([one.shrunk for one in found]) - 0.5) <= 1.645 * sd).mean() > 0.85
