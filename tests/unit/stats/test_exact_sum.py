"""Sums that come out the same to the last bit in whatever order an engine adds."""

from __future__ import annotations

import math
import random

import duckdb
import pytest

SUMS = ("exact_sum", "exact_sum_of_shares")


def fill(db: duckdb.DuckDBPyConnection, values: list[float | None]) -> None:
    db.execute("create or replace table given_rows as select unnest(?)::double as x", [values])


@pytest.mark.parametrize("name", SUMS)
def test_the_order_of_terms_does_not_matter(db: duckdb.DuckDBPyConnection, sql: dict[str, str], name: str) -> None:
    values = [random.Random(number).random() for number in range(1000)]
    sums, plain = set(), set()
    for seed in range(20):
        random.Random(seed).shuffle(values)
        fill(db, list(values))
        sums.add(db.execute(sql[name]).fetchone())
        plain.add(sum(values))
    assert len(sums) == 1 < len(plain)
    assert sums.pop() == pytest.approx((math.fsum(values),), rel=1e-13)


@pytest.mark.parametrize("name", SUMS)
def test_the_number_of_threads_does_not_matter(db: duckdb.DuckDBPyConnection, sql: dict[str, str], name: str) -> None:
    db.execute("create table given_rows as select 1 / (1 + i) as x from range(1_000_000) as numbers(i)")
    sums = []
    for threads in (1, 8):
        db.execute(f"set threads = {threads}")
        sums.append(db.execute(sql[name]).fetchone())
    assert sums[0] == sums[1]


def test_unknown_terms_are_left_out_and_a_sum_of_none_is_unknown(
    db: duckdb.DuckDBPyConnection, sql: dict[str, str]
) -> None:
    for name in SUMS:
        fill(db, [0.25, None, 0.5])
        assert db.execute(sql[name]).fetchone() == (0.75,)
        fill(db, [None])
        assert db.execute(sql[name]).fetchone() == (None,)


def test_an_absurd_term_does_not_end_the_night(db: duckdb.DuckDBPyConnection, sql: dict[str, str]) -> None:
    fill(db, [1e300, -1e300, 1e300, 5.0])
    assert db.execute(sql["exact_sum"]).fetchone() == (1e17,)
