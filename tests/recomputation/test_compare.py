"""The comparison must find what differs, or agreement means nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.recomputation.compare import agree, assert_equal, differences, uncovered

FIRST, SECOND = (("month", date(2024, 1, 1), who) for who in ("s1", "s2"))
ROWS = {
    FIRST: {"calls": 3, "won_amount": Decimal("1.50"), "rate": 0.1, "rank": None},
    SECOND: {"calls": 0, "won_amount": Decimal("0.00"), "rate": None, "rank": 1},
}
EXPECTED = {
    "sdr_ranking": {
        key: dict(zip(("period_type", "period_start", "sdr_id"), key, strict=True)) | row for key, row in ROWS.items()
    }
}


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A release that agrees with EXPECTED."""
    path = tmp_path / "podium.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table sdr_ranking as select * from (values"
            " ('month', date '2024-01-01', 's1', 3::bigint, 1.50::decimal(18, 2), 0.1::double, null::bigint),"
            " ('month', date '2024-01-01', 's2', 0::bigint, 0.00::decimal(18, 2), null::double, 1::bigint)"
            ") t (period_type, period_start, sdr_id, calls, won_amount, rate, rank)"
        )
    return path


def test_what_agrees_is_equal(published: Path) -> None:
    assert_equal(published, EXPECTED)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ("update sdr_ranking set calls = 4 where sdr_id = 's1'", "calls"),
        ("update sdr_ranking set won_amount = 1.51 where sdr_id = 's1'", "won_amount"),
        ("update sdr_ranking set rate = 0.100001 where sdr_id = 's1'", "rate"),
        ("update sdr_ranking set rate = 'nan' where sdr_id = 's1'", "rate"),
        ("update sdr_ranking set rate = 0 where sdr_id = 's2'", "rate"),
        ("alter table sdr_ranking drop rank", "rank"),
        ("delete from sdr_ranking where sdr_id = 's2'", ""),
        ("insert into sdr_ranking (period_type, period_start, sdr_id) values ('month', '2024-02-01', 's1')", ""),
    ],
)
def test_what_differs_is_found_and_named(published: Path, change: str, column: str) -> None:
    with duckdb.connect(str(published)) as connection:
        connection.execute(change)
    assert {difference.column for difference in differences(published, EXPECTED)} == {column}
    with pytest.raises(AssertionError, match=f"sdr_ranking.{column or r'.rows.'}"):
        assert_equal(published, EXPECTED)


@pytest.mark.parametrize("column", ["release_id varchar", "updated_at timestamp"])
def test_what_is_excused_by_name_need_not_be_recomputed(published: Path, column: str) -> None:
    with duckdb.connect(str(published)) as connection:
        connection.execute(f"alter table sdr_ranking add {column}")
        connection.execute("create table check_results (check_id varchar)")
    assert_equal(published, EXPECTED)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("alter table sdr_ranking add charm double", "sdr_ranking.charm"),
        ("create table seller_ranking (charm double)", "seller_ranking.charm"),
    ],
)
def test_what_is_published_and_not_recomputed_is_named(published: Path, change: str, named: str) -> None:
    with duckdb.connect(str(published)) as connection:
        connection.execute(change)
    assert uncovered(published, EXPECTED) == [named]
    with pytest.raises(AssertionError, match=named):
        assert_equal(published, EXPECTED)


@pytest.mark.parametrize(("text", "is_equal"), [("Talk.", True), ("Be silent.", False)])
def test_the_restricted_part_of_a_release_is_compared_as_well(published: Path, text: str, is_equal: bool) -> None:
    (published.parent / "restricted").mkdir()
    with duckdb.connect(str(published.parent / "restricted" / "restricted.duckdb")) as connection:
        connection.execute(
            f"create table one_on_one_brief as select 's1' as user_id, 1::bigint as position, '{text}' as text"
        )
    expected = EXPECTED | {"one_on_one_brief": {("s1", 1): {"user_id": "s1", "position": 1, "text": "Talk."}}}
    assert (not differences(published, expected)) is is_equal
    assert uncovered(published, expected) == []
    assert uncovered(published, EXPECTED) == [f"one_on_one_brief.{name}" for name in ("position", "text", "user_id")]


@pytest.mark.parametrize(("count", "is_equal"), [(50, False), (51, True)])
def test_a_rank_interval_may_lie_a_place_beside_only_among_more_than_fifty(
    published: Path, count: int, is_equal: bool
) -> None:
    with duckdb.connect(str(published)) as connection:
        connection.execute("alter table sdr_ranking add rank_low bigint; update sdr_ranking set rank_low = 8")
        connection.execute(f"alter table sdr_ranking add ranked_count bigint default {count}")
    rows = {key: row | {"rank_low": 7, "ranked_count": count} for key, row in EXPECTED["sdr_ranking"].items()}
    assert (not differences(published, {"sdr_ranking": rows})) is is_equal


def test_nothing_recomputed_is_not_agreement(published: Path) -> None:
    with pytest.raises(AssertionError, match="nothing was compared"):
        assert_equal(published, {"sdr_ranking": {}})


def test_a_count_is_not_a_share() -> None:
    assert agree(0.1 + 0.2, 0.3)
    assert not agree(1, True)
    assert not agree(1.0, Decimal("1.00"))
