"""One archived file to raw Parquet, quarantine and a receipt, written in this order: the receipt makes the rows count.

A killed landing leaves at most files without a receipt, and is repeated. Which files are landed is for take.py.
"""

from __future__ import annotations

import json

import duckdb

from pipelines.contract import Type
from pipelines.crash import crash_point
from pipelines.durable import move_into_place
from pipelines.errors import FileRefused
from pipelines.intake import attempts, habits, mend, quarantine, receipts, zipped
from pipelines.intake.claim import Claim, RowsRefused
from pipelines.intake.habits import Before
from pipelines.intake.header import Layout, check_header, read_header
from pipelines.intake.load import Breach, Tally, load
from pipelines.intake.names import WITHIN, check_name
from pipelines.intake.parse import (
    MAX_RECORD_BYTES,
    NotStrictError,
    Rows,
    csv_rows,
    is_text,
    parquet_rows,
    read_parquet_header,
)
from pipelines.intake.plain import Text, check_utf8, plain_text
from pipelines.intake.receipts import Receipt, Traits
from pipelines.intake.typing_sql import Frame

_ROWS_DRAFT = "rows.parquet"
_LINES_PER_GARBLED = 1000


def land(db: duckdb.DuckDBPyConnection, claim: Claim, earlier: Before) -> Receipt:
    """Land one file and write its receipt; a file that is refused gets one too.

    `earlier` is what the earlier files of its source and entity were like.
    """
    draft = claim.draft(_ROWS_DRAFT)
    try:
        check_claim(claim)
        if claim.container:
            zipped.unpack(claim.archived, claim.file_name.rpartition(WITHIN)[2], claim.bytes_path, claim.where)
        land_format = _land_parquet if claim.file_name.endswith(".parquet") else _land_csv
        with attempts.counted(claim):
            receipt = land_format(db, claim, earlier)
    except FileRefused as refusal:
        receipt = claim.refusal(refusal)
    finally:
        draft.unlink(missing_ok=True)
    receipts.write(claim.settings, receipt)
    return receipt


def land_again(claim: Claim, twin: Receipt) -> Receipt:
    """The receipt of a file whose bytes were loaded under another name of the same delivery."""
    code, counts = "I-DUPLICATE-DELIVERY", {"rows_in": twin.rows_in, "rows_duplicate": twin.rows_in}
    message = f"{code} {claim.where}: same bytes as {twin.file_name}, nothing loaded twice"
    receipt = claim.receipt("loaded", code=code, message=message, unknown_columns=twin.unknown_columns, **counts)
    receipts.write(claim.settings, receipt)
    return receipt


def check_claim(claim: Claim) -> None:
    """Raise FileRefused for what can be told from the name and the manifest alone."""
    check_name(claim.file_name, claim.where)
    if not claim.promise.is_readable:
        raise FileRefused("E-MANIFEST", claim.where, "the delivery's _manifest.json cannot be read", do="mend it")
    if claim.promise.sha256 not in (None, claim.sha256):
        raise FileRefused("E-FILE-SHA", claim.where, "other bytes than the manifest says", do="deliver it again")


def _land_csv(db: duckdb.DuckDBPyConnection, claim: Claim, earlier: Before) -> Receipt:
    crash_point("S2", 1)
    where, dialect = claim.where, claim.options.dialect
    text = plain_text(claim.bytes_path, claim.file_name.endswith(".gz"), dialect, claim.work, where)
    header = read_header(text, dialect.delimiter, where)
    check_header(header.names, claim.contract, claim.options, claim.source, where)
    frame = _frame(claim, header.names)
    if not header.has_rows:
        return _land_nothing(claim, frame, earlier, text.ends_with_newline)
    tally = _load_clean(db, claim, text, frame) if header.is_on_top else None
    is_clean = tally is not None
    tally = tally or _load_mended(db, claim, text, frame)
    _check_rows(claim, tally)
    _check_end(claim, text, tally)
    traits = _traits(db, claim, frame, tally, text.ends_with_newline)
    habits.check(claim, traits, tally, earlier)
    if tally.breaches:
        wanted = {breach.record for breach in tally.breaches}
        found = mend.find_records(text, dialect.delimiter, wanted, tally.rows_in if is_clean else None, where)
        if any(record.fields == header.names for record in found.values()):
            raise FileRefused("E-HEADER-REPEATED", where, "the header stands in the middle of it", do="export it again")
        quarantine.keep(claim, tally, {number: (record.line, record.text) for number, record in found.items()})
    return _finish(claim, frame, tally, traits, _notes(text, is_clean))


def _check_end(claim: Claim, text: Text, tally: Tally) -> None:
    """Refuse a file whose last row was set aside and has no line end: it was cut in the middle of a row."""
    if not text.ends_with_newline and any(breach.record == tally.rows_in for breach in tally.breaches):
        what = f"ends in the middle of its last row, record {tally.rows_in:,}"
        raise RowsRefused(tally.rows_in, "E-CSV-UNTERMINATED", claim.where, what, do="deliver it again")


def _traits(
    db: duckdb.DuckDBPyConnection, claim: Claim, frame: Frame, tally: Tally, has_final_newline: bool | None
) -> Traits:
    names = _delivered(frame)
    is_text = has_final_newline is not None
    early, late = habits.days_of(db, claim, names) if is_text and tally.loaded else ([], [])
    return Traits(columns=names, has_final_newline=has_final_newline, early_days=tuple(early), late_days=tuple(late))


def _delivered(frame: Frame) -> tuple[str, ...]:
    """The columns of the contract that a file has."""
    return tuple(name for name in frame.layout.entity.column_names if frame.layout.position(name) is not None)


def _notes(text: Text, is_clean: bool) -> tuple[str, ...]:
    """What a person should know of a file that was loaded."""
    notes = {
        "I-BOM the byte order mark was dropped": text.has_bom,
        "I-MENDED read record by record, since line ends, widths or very long fields need it": not is_clean,
        "W-NO-FINAL-NEWLINE the last line may be cut": not text.ends_with_newline,
        f"W-MOJIBAKE {text.garbled:,} characters look lost or read in another encoding than they were written in": (
            text.garbled > text.newlines // _LINES_PER_GARBLED
        ),
    }
    return tuple(note for note, applies in notes.items() if applies)


def _load_clean(db: duckdb.DuckDBPyConnection, claim: Claim, text: Text, frame: Frame) -> Tally | None:
    """Load a file as it is; None when a strict parser refuses it."""
    rows, draft = csv_rows(text.path, frame.layout.width, claim.options.dialect.delimiter), claim.draft(_ROWS_DRAFT)
    try:
        return load(db, rows, frame, draft, claim.where)
    except NotStrictError:
        draft.unlink(missing_ok=True)
        return None


def _load_mended(db: duckdb.DuckDBPyConnection, claim: Claim, text: Text, frame: Frame) -> Tally:
    """Load what is left of a file once ragged rows are set aside and line ends made equal."""
    where, width, delimiter = claim.where, frame.layout.width, claim.options.dialect.delimiter
    check_utf8(text, where)
    mended = mend.mend(text, width, delimiter, claim.work, where)
    try:
        rows = csv_rows(mended.path, width, delimiter, tuple(mended.skipped), MAX_RECORD_BYTES)
        tally = load(db, rows, frame, claim.draft(_ROWS_DRAFT), where)
    except NotStrictError as error:
        raise FileRefused("E-CSV", where, "not readable as strict CSV", do="export it again") from error
    tally.rows_in += len(mended.skipped)
    for record, reason in mended.skipped.items():
        tally.set_aside(Breach(record, reason, ""))
    return tally


def _land_parquet(db: duckdb.DuckDBPyConnection, claim: Claim, earlier: Before) -> Receipt:
    where, entity = claim.where, claim.contract
    schema, count = read_parquet_header(claim.bytes_path, where)
    check_header(schema.names, entity, claim.options, claim.source, where)
    frame = _frame(claim, schema.names, frozenset(i for i, column in enumerate(schema) if not is_text(column.type)))
    if not count:
        return _land_nothing(claim, frame, earlier, None)
    kinds = [entity[name].type if name in entity.column_names else Type.TEXT for name in schema.names]
    rows = parquet_rows(claim.bytes_path, schema, kinds)
    try:
        tally = load(db, rows, frame, claim.draft(_ROWS_DRAFT), where)
    except NotStrictError as error:
        raise FileRefused("E-PARQUET", where, "not readable as Parquet", do="deliver it again") from error
    _check_rows(claim, tally)
    if tally.breaches:
        quarantine.keep(claim, tally, _parquet_records(rows, schema.names, tally.breaches))
    return _finish(claim, frame, tally, _traits(db, claim, frame, tally, None))


def _parquet_records(rows: Rows, names: list[str], breaches: list[Breach]) -> dict[int, tuple[int, str]]:
    """The rows set aside as JSON objects, by record number."""
    wanted, found, done = {breach.record for breach in breaches}, {}, 0
    for batch in rows.second():
        for record in sorted(number for number in wanted if done < number <= done + batch.num_rows):
            values = batch.slice(record - done - 1, 1).to_pylist()[0].values()
            found[record] = record, json.dumps(dict(zip(names, values, strict=True)), default=str, ensure_ascii=False)
        done += batch.num_rows
    return found


def _frame(claim: Claim, names: list[str], canonical: frozenset[int] = frozenset()) -> Frame:
    return Frame(
        Layout(claim.contract, tuple(names), canonical),
        claim.options,
        claim.source,
        claim.delivered_on,
        claim.promise.version,
        claim.mode == "full",
        claim.sha256,
        claim.settings.config.company_time_zone,
    )


def _land_nothing(claim: Claim, frame: Frame, earlier: Before, has_final_newline: bool | None) -> Receipt:
    """A header without rows: a quiet night in a delta, an accident in a full or first delivery."""
    may_be_empty = claim.entity in claim.options.may_be_empty
    if claim.mode == "full" and not may_be_empty:
        do = f"deliver it again or list {claim.entity} in sources.{claim.source}.may_be_empty"
        raise FileRefused(habits.HEADER_ONLY, claim.where, "a header and no rows in a full delivery", do=do)
    _check_rows(claim, Tally())
    traits = Traits(columns=_delivered(frame), is_empty=not may_be_empty, has_final_newline=has_final_newline)
    habits.check(claim, traits, Tally(), earlier)
    return _finish(claim, frame, Tally(), traits, ("I-HEADER-ONLY no rows",))


def _check_rows(claim: Claim, tally: Tally) -> None:
    """Refuse the file when it has other rows than promised, or too many that break the contract."""
    promised = claim.promise.rows
    if promised is not None and promised != tally.rows_in:
        code = "E-FILE-SHORT" if tally.rows_in < promised else "E-FILE-LONG"
        what, expected = "other rows than its manifest says", f"{promised:,}"
        found, do = f"{tally.rows_in:,}", "deliver it again"
        raise RowsRefused(tally.rows_in, code, claim.where, what, expected=expected, found=found, do=do)
    quarantine.check_limit(claim, tally)
    crash_point("S2", 2)


def _finish(claim: Claim, frame: Frame, tally: Tally, traits: Traits, notes: tuple[str, ...] = ()) -> Receipt:
    """Check the books, give the rows their name and make the receipt."""
    tally.check(claim.where)
    unknown = tuple(frame.layout.header[i] for i in frame.layout.unknown)
    if tally.unclear_times:
        zone = claim.options.dialect.time_zone
        notes += (f"W-DST {tally.unclear_times:,} times without an offset that {zone} skipped or repeated",)
    receipt = claim.receipt(
        "loaded",
        rows_in=tally.rows_in,
        rows_loaded=tally.loaded,
        rows_quarantined=tally.quarantined,
        rows_duplicate=tally.duplicates,
        notes=notes,
        unknown_columns=unknown,
        traits=traits,
    )
    if tally.loaded:
        move_into_place(claim.draft(_ROWS_DRAFT), receipt.rows_path(claim.settings))
    crash_point("S3", 2)
    return receipt
