"""The comparison must find what differs, or agreement means nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.recomputation.compare import agree, assert_equal, differences

EXPECTED = {
    "sdr_ranking": {
        ("month", date(2024, 1, 1), "s1"): {"calls": 3, "won_amount": Decimal("1.50"), "rate": 0.1, "rank": None},
        ("month", date(2024, 1, 1), "s2"): {"calls": 0, "won_amount": Decimal("0.00"), "rate": None, "rank": 1},
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


def test_nothing_recomputed_is_not_agreement(published: Path) -> None:
    with pytest.raises(AssertionError, match="nothing was compared"):
        assert_equal(published, {"sdr_ranking": {}})


def test_a_count_is_not_a_share() -> None:
    assert agree(0.1 + 0.2, 0.3)
    assert not agree(1, True)
    assert not agree(1.0, Decimal("1.00"))
