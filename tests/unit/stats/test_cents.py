"""Money rounded to cents, whatever its size: amounts that fit 18 digits take a shorter way than those that do not."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import duckdb
import pytest

LAST_NARROW, FIRST_WIDE = "99999999.9999999999", "100000000.0000000000"


@pytest.mark.parametrize(
    "amount",
    ["0", "0.0049999999", "0.005", "12.345", "99999999.9949999999", LAST_NARROW, FIRST_WIDE, "9876543210987.655"],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_cents_are_rounded_half_away_from_zero(
    db: duckdb.DuckDBPyConnection, sql: dict[str, str], amount: str, sign: int
) -> None:
    value = sign * Decimal(amount)
    db.execute("create table given_rows as select cast(? as decimal(38, 10)) as amount", [str(value)])
    assert db.execute(sql["cents"]).fetchone() == (value.quantize(Decimal("0.01"), ROUND_HALF_UP),)


def test_an_unknown_amount_stays_unknown_and_one_too_large_is_refused(
    db: duckdb.DuckDBPyConnection, sql: dict[str, str]
) -> None:
    db.execute("create table given_rows as select cast(null as decimal(38, 10)) as amount")
    assert db.execute(sql["cents"]).fetchone() == (None,)
    db.execute("insert into given_rows values (1e17)")
    with pytest.raises(duckdb.ConversionException):
        db.execute(sql["cents"]).fetchall()
