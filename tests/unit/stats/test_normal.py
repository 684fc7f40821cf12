"""Φ, its quantiles and the tier, against the standard library."""

from __future__ import annotations

from statistics import NormalDist

import duckdb
import numpy as np
import pytest

PHI = NormalDist().cdf
# What Abramowitz & Stegun give for 26.2.17, and what metrics ask.
STATED_ERROR = 7.5e-8


def test_phi_is_within_the_stated_error_everywhere(db: duckdb.DuckDBPyConnection, sql: dict[str, str]) -> None:
    xs = [*np.linspace(-9, 9, 20_001), -1e300, -40.0, 40.0, 1e300, 1e-300]
    db.execute("create table given_rows as select unnest(?)::double as x", [xs])
    rows = db.execute(sql["normal_cdf"]).fetchall()
    assert len(rows) == len(xs)
    assert max(abs(p - PHI(x)) for x, p in rows) < STATED_ERROR < 1e-7
    assert all(0 <= p <= 1 for _, p in rows)


@pytest.mark.parametrize(
    ("difference", "sd", "expected"),
    [(0.0, 0.0, 0.5), (1e-12, 0.0, 1.0), (-1e-12, 0.0, 0.0), (0.0, 0.3, 0.5), (-5.0, 1e-9, 0.0), (7e9, 1e-12, 1.0)],
)
def test_without_spread_phi_is_a_step_and_half_at_the_step(
    db: duckdb.DuckDBPyConnection, sql: dict[str, str], difference: float, sd: float, expected: float
) -> None:
    db.execute("create table given_rows as select ?::double as x, 0e0 as y, ?::double as sd", [difference, sd])
    assert db.execute(sql["normal_cdf_of"]).fetchone() == (expected,)


def test_phi_of_a_quotient(db: duckdb.DuckDBPyConnection, sql: dict[str, str]) -> None:
    db.execute("create table given_rows as select 1.2e0 as x, 0.9e0 as y, 0.25e0 as sd")
    (p,) = db.execute(sql["normal_cdf_of"]).fetchone() or (None,)
    assert p == pytest.approx(PHI(0.3 / 0.25), abs=STATED_ERROR)


def test_the_21_quantiles_stand_in_the_middle_of_equal_shares(
    db: duckdb.DuckDBPyConnection, sql: dict[str, str]
) -> None:
    rows = sorted(db.execute(sql["mid_quantiles"]).fetchall())
    assert [number for number, _ in rows] == list(range(-10, 11))
    expected = [NormalDist().inv_cdf((number + 10.5) / 21) for number, _ in rows]
    assert [z for _, z in rows] == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize(
    ("low", "high", "mean", "expected"),
    [
        (0.3, 0.5, 0.2, "clearly_above"),
        (0.3, 0.5, 0.6, "clearly_below"),
        (0.3, 0.5, 0.4, "not_separable"),
        (0.3, 0.5, 0.3, "not_separable"),
        (0.3, 0.5, 0.3 - 1e-13, "not_separable"),
        (None, None, 0.3, None),
    ],
)
def test_an_interval_that_touches_the_mean_does_not_leave_it(
    db: duckdb.DuckDBPyConnection,
    sql: dict[str, str],
    low: float | None,
    high: float | None,
    mean: float,
    expected: str | None,
) -> None:
    db.execute(
        "create table given_rows as select ?::double as low, ?::double as high, ?::double as mean", [low, high, mean]
    )
    assert db.execute(sql["tier"]).fetchone() == (expected,)
