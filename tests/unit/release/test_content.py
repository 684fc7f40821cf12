"""The content hash: blind to order, layout and release, not to any cell."""

from __future__ import annotations

import duckdb
import pytest
from release_home import PEOPLE, ReleaseHome

from pipelines.release.content import content_sha256

ROWS = "('a', 1.5::double, 2::bigint, null::date), ('b', 0.1::double, 3, date '2026-03-01'), ('', null, 4, null)"


def content(rows: str = ROWS, order: str = "", names: str = "k, x, n, d", threads: int = 1) -> str:
    with duckdb.connect(":memory:", config={"threads": threads}) as db:
        db.execute(f"create table t as select * from (values {rows}) v({names}) {order}")
        return content_sha256(db, ["t"])


@pytest.mark.parametrize("order", ["order by k", "order by k desc", "order by n desc"])
def test_the_order_of_rows_does_not_matter(order: str) -> None:
    assert content(order=order) == content()


def test_threads_do_not_matter() -> None:
    many = ", ".join(f"('{n}', {n} / 7.0::double, {n}, null::date)" for n in range(5000))
    assert content(many, threads=1) == content(many, order="order by x desc", threads=4)


@pytest.mark.parametrize(
    "rows",
    [
        ROWS.replace("1.5", "1.5000000000000002"),
        ROWS.replace("'a'", "'A'"),
        ROWS.replace("''", "null"),
        ROWS.replace("null::date", "date '1970-01-01'"),
        ROWS.replace("2026-03-01", "2026-03-02"),
        ROWS.rpartition(", (")[0],
        f"{ROWS}, ('', null, 4, null)",
    ],
)
def test_any_cell_and_any_row_matters(rows: str) -> None:
    assert content(rows) != content()


def test_cells_do_not_run_into_each_other() -> None:
    one, other = "('ab', 'c')", "('a', 'bc')"
    assert content(one, names="k, x") != content(other, names="k, x")
    assert content("('~', '~')", names="k, x") != content("(null::varchar, null::varchar)", names="k, x")
    assert content("('|', '1:|')", names="k, x") != content("('|1:|', '')", names="k, x")


@pytest.mark.parametrize("kind", ["bigint", "double", "decimal(18,2)"])
def test_numbers_do_not_run_into_each_other(kind: str) -> None:
    pairs = [("1", "11"), ("11", "1"), ("null", "1"), ("1", "null"), ("null", "null"), ("0", "null"), ("null", "0")]
    found = {content(f"({one}::{kind}, {other}::{kind})", names="n, m") for one, other in pairs}
    assert len(found) == len(pairs)


def test_names_and_types_matter_and_minus_zero_does_not() -> None:
    assert content(names="k, x, n, day") != content()
    assert content(ROWS.replace("2::bigint", "2::integer").replace(" 3,", " 3::integer,")) != content()
    assert content("(0.0::double)", names="x") == content("(-0.0::double)", names="x")


def test_two_releases_of_the_same_content_have_one_hash(home: ReleaseHome) -> None:
    first = home.publish(day=1)
    home.deliver(2)
    same = home.publish(people=tuple(reversed(PEOPLE)))
    other = home.publish(day=3, people=(*PEOPLE[:2], ("s3", "Cy", "south", 201, 1 / 3)))
    assert first.content_sha256 == same.content_sha256
    assert other.content_sha256 != first.content_sha256
