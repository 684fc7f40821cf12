"""Text to typed values by contract and dialect, and what happens to rows that break the contract."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_home import LEADS, Home, lead, leads

from pipelines.contract import Type
from pipelines.intake import typing_sql
from pipelines.intake.quarantine import max_quarantined
from pipelines.intake.take import take_deliveries
from pipelines.settings import Dialect

UTC = Dialect()
BERLIN = Dialect(time_zone="Europe/Berlin")
GERMAN = Dialect(decimal=",", dates="dmy", time_zone="Europe/Berlin")
US = Dialect(dates="mdy")

DB = duckdb.connect()
DB.execute("set timezone = 'UTC'")


def value(expression: str, text: str) -> Any:
    """What an SQL expression over the column `x` makes of `text`."""
    row = DB.execute(f"select {expression} from (select cast($1 as varchar) as x)", [text]).fetchone()
    assert row
    return row[0]


@pytest.mark.parametrize(
    ("text", "dialect", "wanted"),
    [
        ("2026-01-02T10:00:00Z", UTC, datetime(2026, 1, 2, 10)),
        ("2026-01-02 10:00:00", UTC, datetime(2026, 1, 2, 10)),
        ("2026-01-02T10:00", UTC, datetime(2026, 1, 2, 10)),
        ("2026-01-02T10:00:00.123456789", UTC, datetime(2026, 1, 2, 10, 0, 0, 123456)),
        ("2026-01-02T10:00:00.000+0000", UTC, datetime(2026, 1, 2, 10)),
        ("2026-01-02T10:00:00+02:00", UTC, datetime(2026, 1, 2, 8)),
        ("2026-01-02T10:00:00-05", BERLIN, datetime(2026, 1, 2, 15)),
        ("2026-01-02T10:00+05:30", BERLIN, datetime(2026, 1, 2, 4, 30)),
        ("2026-01-02T10:00:00Z", BERLIN, datetime(2026, 1, 2, 10)),
        ("2026-01-02T10:00:00", BERLIN, datetime(2026, 1, 2, 9)),
        ("2026-07-02 10:00:00", BERLIN, datetime(2026, 7, 2, 8)),
        ("02.07.2026 10:00:00", GERMAN, datetime(2026, 7, 2, 8)),
        ("02.07.2026 10:00", GERMAN, datetime(2026, 7, 2, 8)),
        ("2026-07-02T10:00:00Z", GERMAN, datetime(2026, 7, 2, 10)),
        ("07/02/2026 10:00:00", US, datetime(2026, 7, 2, 10)),
        # A bare date is midnight in company time, here New York.
        ("2026-01-02", BERLIN, datetime(2026, 1, 2, 5)),
        ("02.07.2026", GERMAN, datetime(2026, 7, 2, 4)),
    ],
)
def test_timestamps_become_utc(text: str, dialect: Dialect, wanted: datetime) -> None:
    assert value(typing_sql.timestamp("x", dialect, "America/New_York"), text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "02.01.2026 10:00:00", "2026-1-2 10:00:00", "2026/01/02 10:00:00", "26-01-02 10:00:00", " 026-01-02T10:00:00Z",
        "-026-01-02T10:00:00Z", "0026-01-02T10:00:00Z", "2026-02-30", "2026-01-02T25:00:00Z",
        "2026-01-02 10:00:00 Europe/Paris",
        "2026-01-02 10:00:00 (BC)", "epoch", "infinity", "now", "20260102", "1767348000", " 2026-01-02", "2026-01-02 ",
        "2026-01-02T10", "46024", "NULL", "2026-01-02T10:00:00+", "2026-W01-5",
    ],
)  # fmt: skip
def test_what_is_no_timestamp_of_the_contract_is_null(text: str) -> None:
    assert value(typing_sql.timestamp("x", UTC, "UTC"), text) is None


@settings(max_examples=60, deadline=None)
@given(moment=st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 30)), separator=st.sampled_from("T "))
def test_any_timestamp_comes_back(moment: datetime, separator: str) -> None:
    for text in (
        moment.isoformat(separator),
        moment.isoformat(separator) + "Z",
        moment.isoformat(separator) + "+00:00",
    ):
        assert value(typing_sql.timestamp("x", UTC, "UTC"), text) == moment


@pytest.mark.parametrize(
    ("text", "dialect", "wanted"),
    [
        ("2026-01-02", UTC, date(2026, 1, 2)),
        ("9999-12-31", UTC, date(9999, 12, 31)),
        ("02.01.2026", GERMAN, date(2026, 1, 2)),
        ("01/02/2026", US, date(2026, 1, 2)),
        ("2026-01-02", GERMAN, date(2026, 1, 2)),
        ("01/02/2026", UTC, None),
        ("31.12.2026", US, None),
        ("2026-01-02 00:00:00", UTC, None),
        ("2026-01-02T22:00:00Z", UTC, None),
        ("2026-02-29", UTC, None),
        ("2026-1-2", UTC, None),
        ("infinity", UTC, None),
        ("02.01.26", GERMAN, None),
    ],
)
def test_dates_are_dates_and_never_shifted(text: str, dialect: Dialect, wanted: date | None) -> None:
    assert value(typing_sql.day("x", dialect), text) == wanted


@pytest.mark.parametrize(
    ("text", "kind", "dialect", "wanted"),
    [
        ("12.5", Type.MONEY, UTC, Decimal("12.50")),
        ("-12", Type.MONEY, UTC, Decimal("-12.00")),
        ("12.5000", Type.MONEY, UTC, Decimal("12.50")),
        ("9999999999999999.99", Type.MONEY, UTC, Decimal("9999999999999999.99")),
        ("1.005", Type.MONEY, UTC, None),
        ("1,234.50", Type.MONEY, UTC, None),
        ("$12", Type.MONEY, UTC, None),
        ("(500)", Type.MONEY, UTC, None),
        ("1e3", Type.MONEY, UTC, None),
        ("12345678901234567", Type.MONEY, UTC, None),
        ("1.234,50", Type.MONEY, GERMAN, Decimal("1234.50")),
        ("1 234 567,5", Type.MONEY, GERMAN, Decimal("1234567.50")),
        ("1\u00a0234,5", Type.MONEY, GERMAN, Decimal("1234.50")),
        ("-1234,50", Type.MONEY, GERMAN, Decimal("-1234.50")),
        ("1.234", Type.MONEY, GERMAN, Decimal("1234.00")),
        ("1234.50", Type.MONEY, GERMAN, None),
        ("1,234,50", Type.MONEY, GERMAN, None),
        ("1,005", Type.MONEY, GERMAN, None),
        ("0.123456785", Type.RATE, UTC, Decimal("0.12345679")),
        ("60", Type.INTEGER, UTC, 60),
        ("60.0", Type.INTEGER, UTC, 60),
        ("60.5", Type.INTEGER, UTC, None),
        ("1_000", Type.INTEGER, UTC, None),
        ("0x1F", Type.INTEGER, UTC, None),
        (" 60", Type.INTEGER, UTC, None),
        ("0.5", Type.NUMBER, UTC, 0.5),
        ("nan", Type.NUMBER, UTC, None),
        ("inf", Type.NUMBER, UTC, None),
    ],
)
def test_numbers_are_exact_or_null(text: str, kind: Type, dialect: Dialect, wanted: object) -> None:
    assert value(typing_sql.number("x", kind, dialect), text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("true", True),
        ("FALSE", False),
        ("True", True),
        ("1", None),
        ("yes", None),
        ("t", None),
        ("0.0", None),
        ("Ja", None),
    ],
)
def test_booleans_are_true_or_false(text: str, wanted: bool | None) -> None:
    assert value(typing_sql.boolean("x"), text) is wanted


INVOICES = "invoice_id,account_id,invoiced_on,amount,currency,kind,updated_at,is_deleted\n"
GOOD = "I1,A1,2026-01-02,10.00,EUR,recurring,2026-01-03,\n"


@pytest.mark.parametrize(
    ("row", "reason", "column", "key"),
    [
        (",A1,2026-01-02,1,EUR,,2026-01-03,", "missing_required", "invoice_id", None),
        ("I2,,2026-01-02,1,EUR,,2026-01-03,", "missing_required", "account_id", "I2"),
        ("I2,A1,02.01.2026,1,EUR,,2026-01-03,", "bad_date", "invoiced_on", "I2"),
        ("I2,A1,2026-01-02,1.005,EUR,,2026-01-03,", "bad_number", "amount", "I2"),
        ("I2,A1,2026-01-02,1,EUR,Recurring,2026-01-03,", "not_allowed", "kind", "I2"),
        ("I2,A1,2026-01-02,1,EUR,,soon,", "bad_timestamp", "updated_at", "I2"),
        ("I2,A1,2026-01-02,1,EUR,,2026-01-07T00:00:01Z,", "future_updated_at", "updated_at", "I2"),
        ("I2,A1,2026-01-02,1,EUR,,2026-01-03,no", "bad_boolean", "is_deleted", "I2"),
        ("I2,A1,2026-01-02,1,,,2026-01-03,", "missing_required", "currency", "I2"),
    ],
)
def test_a_row_that_breaks_the_contract_is_set_aside(
    home: Home, row: str, reason: str, column: str, key: str | None
) -> None:
    home.deliver("invoices.csv", INVOICES + GOOD + row + "\n" + GOOD.replace("I1", "I3"))
    take_deliveries(home.settings)
    receipt = home.receipt("invoices.csv")
    (aside,) = home.quarantine(receipt)
    wanted = ("crm", "invoices", date(2026, 1, 5), "invoices.csv", receipt.sha256, 3, reason, column, key, row)
    assert tuple(aside.values()) == wanted
    assert (receipt.rows_in, receipt.rows_loaded, receipt.rows_quarantined) == (3, 2, 1)
    assert home.rows("invoices", "invoice_id, _line") == [("I1", 1), ("I3", 3)]


def test_an_update_within_a_day_of_the_deliverys_end_is_believed(make_home: Callable[..., Home]) -> None:
    # 2026-01-05 ends in Auckland at 11:00 UTC on the same day.
    for zone, last in (("UTC", "2026-01-07T00:00:00Z"), ("Pacific/Auckland", "2026-01-06T11:00:00Z")):
        home = make_home(company_time_zone=zone)
        home.deliver("invoices.csv", INVOICES + GOOD.replace("2026-01-03", last))
        home.deliver("invoices_1.csv", INVOICES + GOOD + GOOD.replace("2026-01-03", last.replace(":00Z", ":01Z")))
        take_deliveries(home.settings)
        assert [receipt.rows_quarantined for receipt in home.receipts()] == [0, 1]


def test_the_line_is_the_physical_one_though_earlier_fields_hold_line_breaks(home: Home) -> None:
    home.deliver("leads.csv", LEADS + lead(1, '"a\nb\nc"') + lead(2, created="never"))
    take_deliveries(home.settings)
    (aside,) = home.quarantine(home.receipt("leads.csv"))
    assert (aside["line"], aside["reason"], aside["key_text"]) == (5, "bad_timestamp", "L2")


def test_identical_rows_count_once_and_are_no_breach(home: Home) -> None:
    home.deliver("leads.csv", LEADS + lead(1) + lead(2) + lead(1) + lead(1, "old") + 2 * lead(3, created="never"))
    take_deliveries(home.settings)
    receipt = home.receipt("leads.csv")
    assert (receipt.rows_in, receipt.rows_loaded, receipt.rows_quarantined, receipt.rows_duplicate) == (6, 3, 1, 2)
    assert home.rows(columns="lead_id, status, _line") == [("L1", "new", 1), ("L1", "old", 4), ("L2", "new", 2)]


@pytest.mark.parametrize(("rows", "limit"), [(1, 1), (1999, 1), (2000, 2), (20_000, 20), (10**7, 20)])
def test_the_limit_is_one_row_in_a_thousand_up_to_twenty(rows: int, limit: int) -> None:
    assert max_quarantined(rows) == limit


def test_more_bad_rows_than_the_limit_refuse_the_file_and_leave_the_others(home: Home) -> None:
    home.deliver("leads.csv", leads(50) + lead(98, created="Ann") + lead(99, created="Bob"))
    home.deliver("leads_1.csv", leads(5))
    report = take_deliveries(home.settings)
    receipt = home.receipt("leads.csv")
    assert (receipt.code, receipt.rows_in, receipt.rows_loaded) == ("E-TYPE-DRIFT", 52, 0)
    assert "2 bad_timestamp created_at" in receipt.message
    assert "Ann" not in receipt.message
    assert len(report.refused) == 1
    assert len(home.rows()) == 5
    assert not receipt.quarantine_path(home.settings).exists()


def test_a_large_file_may_have_more_rows_set_aside(home: Home) -> None:
    home.deliver("leads.csv", leads(2100) + lead(8000, created="never") + "L9000,short\n")
    take_deliveries(home.settings)
    receipt = home.receipt("leads.csv")
    assert (receipt.rows_in, receipt.rows_loaded, receipt.rows_quarantined) == (2102, 2100, 2)
    assert [(row["line"], row["reason"]) for row in home.quarantine(receipt)] == [
        (2102, "bad_timestamp"),
        (2103, "ragged"),
    ]


def test_a_sources_dialect_prefix_and_currency_apply(make_home: Callable[..., Home]) -> None:
    dialect = {"delimiter": ";", "decimal": ",", "dates": "dmy", "encoding": "cp1252"}
    home = make_home(sources={"crm": {"id_prefix": "de:", "currency": "CHF", "dialect": dialect}})
    home.deliver(
        "invoices.csv",
        "invoice_id;account_id;invoiced_on;amount;updated_at\n"
        "I1;A1;02.01.2026;1.234,50;03.01.2026 10:00:00\nI2;A1;02.01.2026;1234.50;03.01.2026\n",
    )
    home.deliver("fx_rates.csv", "currency;rate_on;rate_to_base\n;02.01.2026;0,9\nUSD;02.01.2026;0,9\n")
    take_deliveries(home.settings)
    rows = home.rows("invoices", "invoice_id, account_id, invoiced_on, amount, currency")
    assert rows == [("de:I1", "de:A1", date(2026, 1, 2), Decimal("1234.50"), "CHF")]
    assert home.quarantine(home.receipt("invoices.csv"))[0]["key_text"] == "de:I2"
    assert home.rows("fx_rates", "currency") == [("USD",)]


def test_a_currency_without_any_default_refuses_the_file(home: Home) -> None:
    home.deliver("invoices.csv", "invoice_id,account_id,invoiced_on,amount,updated_at\nI1,A1,2026-01-02,1,2026-01-03\n")
    take_deliveries(home.settings)
    assert "missing currency" in home.receipt("invoices.csv").message


def test_keys_of_several_columns_are_joined(home: Home) -> None:
    home.deliver("targets.csv", "user_id,month,metric,target\nU1,2026-01-01,won_amount,many\n")
    take_deliveries(home.settings)
    assert home.quarantine(home.receipt("targets.csv"))[0]["key_text"] == "U1|2026-01-01|won_amount"


def test_soft_deletes_are_kept_and_default_to_false(home: Home) -> None:
    home.deliver("invoices.csv", INVOICES + GOOD + GOOD.replace("I1", "I2").replace(",\n", ",true\n"))
    take_deliveries(home.settings)
    assert home.rows("invoices", "invoice_id, is_deleted") == [("I1", False), ("I2", True)]
