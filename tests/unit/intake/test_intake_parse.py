"""Bytes to rows: nasty CSV, two parsers, encodings, gzip, Parquet, files that are not what they say."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_home import LEADS, Home, lead, leads

from pipelines.intake import load, parse
from pipelines.intake.take import take_deliveries

NASTY = st.text(st.sampled_from("abc,;\"\n\r\t' \\#|üñ日\u2028\x0b\U0001f600-=1."), max_size=12)
RECORD = st.lists(NASTY, min_size=3, max_size=3)


def _texts(relation: str, db: duckdb.DuckDBPyConnection, **params: str) -> list[tuple[str, ...]]:
    return db.execute(f"select t0, t1, t2 from ({relation})", params or None).fetchall()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    records=st.lists(RECORD, min_size=1, max_size=8),
    # Python leaves a lone \r unquoted where lines end with \n; as text that would be the end of a record.
    style=st.sampled_from([("\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL)]),
)
def test_both_parsers_read_what_was_written(tmp_path: Path, records: list[list[str]], style: tuple[str, int]) -> None:
    ends, quoting = style
    path = tmp_path / "nasty"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=quoting, lineterminator=ends).writerows([["a", "b", "c"], *records])
    wanted = [tuple(value or None for value in record) for record in records]
    db = duckdb.connect()
    rows = parse.csv_rows(path, 3, ",")
    assert _texts(rows.first_as_text, db, path=str(path)) == wanted
    db.register("second", pa.concat_tables(rows.chunks()))
    assert _texts(rows.second_as_text("second"), db) == wanted


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(statuses=st.lists(NASTY, min_size=1, max_size=15))
def test_nasty_text_arrives_and_no_row_is_lost(make_home: Callable[..., Home], statuses: list[str]) -> None:
    home, text = make_home(), io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(LEADS.strip().split(","))
    # Every second lead has the same id, so that rows are duplicates where the texts are equal.
    rows = [(f"L{number % 2}", "2026-01-02", "U1", status, "2026-01-03") for number, status in enumerate(statuses)]
    writer.writerows(rows)
    home.deliver("leads.csv", text.getvalue())
    take_deliveries(home.settings)
    receipt = home.receipt("leads.csv")
    distinct = {(lead_id, status or None) for lead_id, _, _, status, _ in rows}
    assert receipt.verdict == "loaded", receipt.message
    assert set(home.rows(columns="lead_id, status")) == distinct
    assert (receipt.rows_in, receipt.rows_loaded) == (len(rows), len(distinct))
    assert receipt.rows_in == receipt.rows_loaded + receipt.rows_quarantined + receipt.rows_duplicate


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(1, 400), data=st.binary(min_size=1, max_size=3), seed=st.integers(0, 400))
def test_damaged_bytes_are_refused_or_accounted_for_but_never_crash(
    make_home: Callable[..., Home], cut: int, data: bytes, seed: int
) -> None:
    home = make_home()
    good = leads(8).encode()
    at = seed % len(good)
    home.deliver("leads.csv", (good[:at] + data + good[at:])[: max(1, len(good) - cut % len(good))])
    (receipt,) = take_deliveries(home.settings).files
    if receipt.verdict == "refused":
        assert receipt.message.startswith(receipt.code)
        assert home.rows() == []
    else:
        assert receipt.rows_in == len(home.rows()) + receipt.rows_quarantined + receipt.rows_duplicate


def test_parsers_that_disagree_refuse_the_file(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    real = parse.Rows.chunks

    def loses_a_row(rows: parse.Rows) -> Iterator[pa.Table]:
        return (chunk.slice(1) for chunk in real(rows))

    monkeypatch.setattr(parse.Rows, "chunks", loses_a_row)
    home.deliver("leads.csv", leads(3))
    take_deliveries(home.settings)
    assert home.receipt("leads.csv").code == "E-PARSE-DISAGREE"
    assert not list(home.settings.raw.rglob("*.parquet"))


def test_a_swapped_value_changes_the_checksum() -> None:
    db = duckdb.connect()

    def checksum(rows: list[tuple[str, str]]) -> parse.Checksum:
        db.register("t", pa.table({"t0": [a for a, _ in rows], "t1": [b for _, b in rows]}))
        result = parse.Checksum(2)
        for batch in db.execute(f"select {parse.hash_columns(2)} from t").to_arrow_reader():
            result.add(parse.hashes_of(batch, 2))
        return result

    base = checksum([("a", "x"), ("b", "y")])
    assert base == checksum([("b", "y"), ("a", "x")])
    assert base != checksum([("a", "y"), ("b", "x")])
    assert base != checksum([("x", "a"), ("y", "b")])
    assert base != checksum([("a", "x"), ("b", "y"), ("b", "y")])


def test_rows_that_do_not_add_up_stop_the_run(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.errors import PodiumError

    monkeypatch.setattr(load.Tally, "quarantined", 1)
    home.deliver("leads.csv", leads(3))
    with pytest.raises(PodiumError, match="E-CONSERVE"):
        take_deliveries(home.settings)
    assert home.receipts() == []


def test_columns_go_by_name(home: Home) -> None:
    home.deliver("leads.csv", "updated_at,status,lead_id,created_at\n2026-01-03,new,L1,2026-01-02\n")
    take_deliveries(home.settings)
    assert home.rows(columns="lead_id, status, sdr_id") == [("L1", "new", None)]


def test_unknown_columns_are_kept_beside_the_row_and_reported(home: Home) -> None:
    home.deliver("leads.csv", 'lead_id,created_at,updated_at,"Score\'s ""x""",z\nL1,2026-01-02,2026-01-03,5,\n')
    take_deliveries(home.settings)
    assert home.rows(columns="_extra->>'$.z', json_extract_string(_extra, '/Score''s \"x\"')") == [(None, "5")]
    assert home.receipt("leads.csv").unknown_columns == ('Score\'s "x"', "z")


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        ("lead_id;created_at;updated_at\nL1;2026-01-02;2026-01-03\n", "E-SCHEMA", "semicolon"),
        ("lead_id\tcreated_at\tupdated_at\n", "E-SCHEMA", "tab"),
        ("leadid,created_at,updated_at\nL1,2026-01-02,2026-01-03\n", "E-SCHEMA", "new leadid (similar 0.92)"),
        ('x"; drop table keep; --,created_at,updated_at\n1,2,3\n', "E-SCHEMA", "missing lead_id"),
        ("Ann Smith,ann@example.org,2026-01-03\n", "E-SCHEMA", "3 other columns"),
        ("lead_id,created_at,updated_at,Lead_ID\nL1,2026-01-02,2026-01-03,x\n", "E-HEADER-DUP", "lead_id"),
        ("lead_id,created_at,updated_at,,\nL1,2026-01-02,2026-01-03,,\n", "E-HEADER-DUP", "1 names"),
        ("<!DOCTYPE html><html></html>", "E-NOT-CSV", "HTML"),
        ('{"error": "login"}', "E-NOT-CSV", "JSON"),
        ("PK\x03\x04leads", "E-NOT-CSV", "zip or Excel"),
        ("lead_id,created_at,updated_at," + "x" * 70_000, "E-HEADER", "64 kB"),
        (
            "lead_id,created_at,updated_at," + ",".join(f"x{i}" for i in range(3000)) + "\n" * 60_000,
            "E-HEADER",
            "2000 columns",
        ),
        ('lead_id,"created_at,updated_at\n', "E-CSV-UNTERMINATED", "header"),
        ("\n\n", "E-SCHEMA", "missing lead_id"),
        ("", "E-FILE-EMPTY", "0 bytes"),
        (leads(3).replace("U1", "U\0001", 1), "E-CSV-NUL", "line 2"),
        (leads(3) + 'L9,2026-01-02,U1,"new,2026-01-03\n', "E-CSV-UNTERMINATED", "line 5"),
        (leads(3) + 'L9,2026-01-02,U1,"ne"w,2026-01-03\n' + lead(4), "E-CSV-QUOTES", "line 5"),
        (leads(30) + leads(3), "E-HEADER-REPEATED", "middle"),
        (LEADS + 30 * lead(1), "E-DUP-BODY", "29 repeated of 30"),
    ],
)
def test_files_that_are_not_what_they_should_be_are_refused(home: Home, content: str, code: str, said: str) -> None:
    home.deliver("leads.csv", content)
    take_deliveries(home.settings)
    receipt = home.receipt("leads.csv")
    assert (receipt.verdict, receipt.code) == ("refused", code), receipt.message
    assert said in receipt.message
    assert "Ann" not in receipt.message
    assert not list(home.settings.raw.rglob("*.parquet"))


@pytest.mark.parametrize("at", [1, 100, 2046, 2047, 3000])
def test_rows_that_widen_are_refused_wherever_they_begin(home: Home, at: int) -> None:
    good = "".join(lead(number) for number in range(at))
    wide = "".join(lead(number).replace("\n", ",x\n") for number in range(at, at + 30))
    home.deliver("leads.csv", LEADS + good + wide)
    take_deliveries(home.settings)
    receipt = home.receipt("leads.csv")
    assert (receipt.code, receipt.rows_in) == ("E-RAGGED", at + 30)
    assert "30 ragged" in receipt.message


def test_a_ragged_row_is_set_aside_with_line_and_text_and_the_rest_keeps_its_numbers(home: Home) -> None:
    content = LEADS + lead(1, '"a\nb"') + "\n" + "L2,short\n" + lead(3)
    home.deliver("leads.csv", content)
    take_deliveries(home.settings)
    receipt = home.receipt("leads.csv")
    (row,) = home.quarantine(receipt)
    assert (row["line"], row["reason"], row["original_text"], row["key_text"]) == (5, "ragged", "L2,short", None)
    assert home.rows(columns="lead_id, status, _line") == [("L1", "a\nb", 1), ("L3", "new", 3)]
    assert (receipt.rows_in, receipt.rows_loaded, receipt.rows_quarantined) == (3, 2, 1)


@pytest.mark.parametrize(
    "content",
    [
        leads(3).replace("\n", "\r\n"),
        leads(3).replace("\n", "\r"),
        leads(3).replace("\n", "\r\n", 1),
        leads(2) + lead(2).replace("\n", "\r\n"),
        "\ufeff" + leads(3),
        leads(3) + "\n\n",
        "\n" + leads(3),
        leads(3).replace("\n", "\n\n"),
    ],
    ids=["crlf", "cr", "crlf header", "crlf row", "bom", "blank end", "blank start", "blank between"],
)
def test_line_ends_blank_lines_and_byte_order_marks_do_not_matter(home: Home, content: str) -> None:
    home.deliver("leads.csv", content)
    take_deliveries(home.settings)
    assert home.rows(columns="lead_id, status, _line") == [("L0", "new", 1), ("L1", "new", 2), ("L2", "new", 3)]


def test_a_missing_final_newline_is_noted(home: Home) -> None:
    home.deliver("leads.csv", leads(3)[:-1])
    take_deliveries(home.settings)
    receipt = home.receipt("leads.csv")
    assert (receipt.verdict, receipt.rows_loaded) == ("loaded", 3)
    assert receipt.notes[0].startswith("W-NO-FINAL-NEWLINE")


def test_quotes_inside_unquoted_text_are_text(home: Home) -> None:
    home.deliver("leads.csv", LEADS + lead(1, '5" pipe'))
    take_deliveries(home.settings)
    assert home.rows(columns="status") == [('5" pipe',)]


def test_long_fields_are_loaded_and_endless_ones_refused(home: Home) -> None:
    home.deliver("leads_1.csv", LEADS + lead(1, "x" * 3_000_000))
    home.deliver("leads_2.csv", LEADS + lead(2, "x" * 9_000_000))
    take_deliveries(home.settings)
    assert home.rows(columns="length(status)") == [(3_000_000,)]
    assert home.receipt("leads_2.csv").code == "E-CSV-LINE"


@pytest.mark.parametrize("encoding", ["utf-16", "cp1251", "cp1252", "latin-1"])
def test_declared_encodings_are_transcoded(make_home: Callable[..., Home], encoding: str) -> None:
    home = make_home(sources={"crm": {"dialect": {"encoding": encoding}}})
    word = "Иван" if encoding in ("cp1251", "utf-16") else "Müller"
    home.deliver("leads.csv", (LEADS + lead(1, word)).encode(encoding))
    take_deliveries(home.settings)
    assert home.rows(columns="status") == [(word,)]


@pytest.mark.parametrize(("declared", "written"), [("utf-8", "cp1251"), ("cp1251", "undefined"), ("utf-16", "utf-8")])
def test_other_encodings_than_declared_are_refused_and_said_where(
    make_home: Callable[..., Home], declared: str, written: str
) -> None:
    home = make_home(sources={"crm": {"dialect": {"encoding": declared}}})
    bad = b"\x98" if written == "undefined" else "Иван!".encode(written)
    home.deliver("leads.csv", (LEADS + lead(1, "?")).encode().replace(b"?", bad))
    take_deliveries(home.settings)
    receipt = home.receipt("leads.csv")
    assert receipt.verdict == "refused"
    assert receipt.code in ("E-ENCODING", "E-SCHEMA")
    if declared != "utf-16":
        assert receipt.code == "E-ENCODING"
        assert "byte" in receipt.message


def test_bytes_that_are_no_text_are_found_in_the_header_too(home: Home) -> None:
    home.deliver("leads.csv", leads(3).encode().replace(b"status", b"status\xff", 1))
    take_deliveries(home.settings)
    receipt = home.receipt("leads.csv")
    assert (receipt.code, "byte 32" in receipt.message) == ("E-ENCODING", True), receipt.message


def test_gzip_is_unpacked_and_broken_gzip_refused(home: Home) -> None:
    packed = gzip.compress(leads(200).encode())
    home.deliver("leads_1.csv.gz", leads(5))
    home.deliver("leads_2.csv.gz", packed[: len(packed) // 2])
    home.deliver("leads_3.csv.gz", packed[:-8] + b"\0" * 8)
    home.deliver("leads_4.csv.gz", packed + b"rubbish")
    home.deliver("leads_5.csv", packed)
    take_deliveries(home.settings)
    codes = {receipt.file_name: receipt.code for receipt in home.receipts()}
    assert codes.pop("leads_1.csv.gz") == ""
    assert codes.pop("leads_5.csv") in ("E-NOT-CSV", "E-CSV-NUL")
    assert set(codes.values()) == {"E-GZIP"}
    assert len(home.rows()) == 5


def test_a_gzip_bomb_is_refused_while_it_unpacks(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.intake import plain

    monkeypatch.setattr(plain, "_RATIO_FROM", 1 << 20)
    home.deliver("leads.csv.gz", LEADS + "x" * 20_000_000)
    take_deliveries(home.settings)
    assert home.receipt("leads.csv.gz").code == "E-ARCHIVE-BOMB"
    assert not (home.settings.work / "intake").exists()


def test_parquet_is_read_by_name_and_cast_by_contract(home: Home) -> None:
    import datetime as dt
    from decimal import Decimal

    table = pa.table(
        {
            "updated_at": pa.array([dt.datetime(2026, 1, 3, 10)] * 3, pa.timestamp("ns", "Europe/Berlin")),
            "created_at": pa.array([dt.date(2026, 1, 2)] * 3),
            "opportunity_id": pa.array([1.0, 2.0, 3.0]),
            "owner_id": pa.array(["U1", "U2", "U2"]).dictionary_encode(),
            "stage": pa.array(["won", "", "lost"]),
            "is_closed": pa.array([True, False, None]),
            "is_won": pa.array(["TRUE", "false", "false"]),
            "amount": pa.array([Decimal("10.50"), None, Decimal("1.00")], pa.decimal128(10, 2)),
            "expected_close_on": pa.array([dt.datetime(2026, 2, 1)] * 3, pa.timestamp("us")),
            "more": pa.array([[1], [2], None]),
        }
    )
    path = home.deliver("opportunities.parquet", b"")
    pq.write_table(table, path)
    take_deliveries(home.settings)
    receipt = home.receipt("opportunities.parquet")
    assert receipt.code == "E-TYPE-DRIFT"
    pq.write_table(table.slice(0, 2), path)
    take_deliveries(home.settings)
    columns = "opportunity_id, owner_id, amount, created_at, updated_at, expected_close_on, is_won, _extra"
    rows = home.rows("opportunities", columns)
    assert [tuple(map(str, row)) for row in rows] == [
        ("1", "U1", "10.50", "2026-01-02 00:00:00", "2026-01-03 10:00:00", "2026-02-01", "True", '{"more":"[1]"}')
    ]
    (bad,) = home.quarantine(next(r for r in home.receipts() if r.verdict == "loaded"))
    assert (bad["line"], bad["reason"], bad["column_name"], bad["key_text"]) == (2, "missing_required", "stage", "2")
    assert '"opportunity_id": 2.0' in bad["original_text"]


def test_what_is_no_parquet_is_refused(home: Home) -> None:
    home.deliver("leads.parquet", "PAR1 but not really PAR1")
    home.deliver("users.parquet", b"")
    take_deliveries(home.settings)
    assert {receipt.code for receipt in home.receipts()} == {"E-PARQUET"}


def test_a_home_with_glob_characters_in_its_path_reads_only_its_own_files(tmp_path: Path) -> None:
    home = Home(tmp_path / "a[bc]*'; --")
    home.deliver("leads.csv", leads(2))
    home.deliver("users.parquet", b"")
    take_deliveries(home.settings)
    assert home.receipt("leads.csv").rows_loaded == 2
