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
from pipelines.intake import attempts, mend, quarantine, receipts
from pipelines.intake.claim import Claim, RowsRefused
from pipelines.intake.header import Layout, check_header, read_header
from pipelines.intake.load import Breach, Tally, load
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
from pipelines.intake.receipts import Receipt
from pipelines.intake.typing_sql import Frame

HEADER_ONLY = "E-HEADER-ONLY"
_ROWS_DRAFT = "rows.parquet"


def land(db: duckdb.DuckDBPyConnection, claim: Claim, delivered_before: bool) -> Receipt:
    """Land one file and write its receipt; a file that is refused gets one too.

    `delivered_before`: rows of its source and entity were delivered on or before its date, so that none are no news.
    """
    draft = claim.draft(_ROWS_DRAFT)
    try:
        _check_claim(claim)
        land_format = _land_parquet if claim.file_name.endswith(".parquet") else _land_csv
        with attempts.counted(claim):
            receipt = land_format(db, claim, delivered_before)
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


def _check_claim(claim: Claim) -> None:
    """Refuse what can be told from the name and the manifest alone."""
    if not claim.entity:
        expected = "<entity>.csv, .csv.gz or .parquet, parts as <entity>_1.csv …"
        raise FileRefused("E-FILE-NAME", claim.where, "names no entity", expected=expected, do="rename it")
    if not claim.promise.is_readable:
        raise FileRefused("E-MANIFEST", claim.where, "the delivery's _manifest.json cannot be read", do="mend it")
    if claim.promise.sha256 not in (None, claim.sha256):
        raise FileRefused("E-FILE-SHA", claim.where, "other bytes than the manifest says", do="deliver it again")


def _land_csv(db: duckdb.DuckDBPyConnection, claim: Claim, delivered_before: bool) -> Receipt:
    crash_point("S2", 1)
    where, dialect = claim.where, claim.options.dialect
    text = plain_text(claim.archived, claim.file_name.endswith(".gz"), dialect, claim.work, where)
    header = read_header(text, dialect.delimiter, where)
    check_header(header.names, claim.contract, claim.options, claim.source, where)
    frame = _frame(claim, header.names)
    if not header.has_rows:
        return _land_nothing(claim, frame, delivered_before)
    tally = _load_clean(db, claim, text, frame) if header.is_on_top else None
    is_clean = tally is not None
    tally = tally or _load_mended(db, claim, text, frame)
    _check_rows(claim, tally)
    if tally.breaches:
        wanted = {breach.record for breach in tally.breaches}
        found = mend.find_records(text, dialect.delimiter, wanted, tally.rows_in if is_clean else None, where)
        if any(record.fields == header.names for record in found.values()):
            raise FileRefused("E-HEADER-REPEATED", where, "the header stands in the middle of it", do="export it again")
        quarantine.keep(claim, tally, {number: (record.line, record.text) for number, record in found.items()})
    notes = () if text.ends_with_newline else ("W-NO-FINAL-NEWLINE the last line may be cut",)
    return _finish(claim, frame, tally, notes)


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
        rows = csv_rows(mended.path, width, delimiter, mended.skipped, MAX_RECORD_BYTES)
        tally = load(db, rows, frame, claim.draft(_ROWS_DRAFT), where)
    except NotStrictError as error:
        raise FileRefused("E-CSV", where, "not readable as strict CSV", do="export it again") from error
    tally.rows_in += len(mended.skipped)
    for record in mended.skipped:
        tally.set_aside(Breach(record, "ragged", ""))
    return tally


def _land_parquet(db: duckdb.DuckDBPyConnection, claim: Claim, delivered_before: bool) -> Receipt:
    where, entity = claim.where, claim.contract
    schema, count = read_parquet_header(claim.archived, where)
    check_header(schema.names, entity, claim.options, claim.source, where)
    frame = _frame(claim, schema.names, frozenset(i for i, column in enumerate(schema) if not is_text(column.type)))
    if not count:
        return _land_nothing(claim, frame, delivered_before)
    kinds = [entity[name].type if name in entity.column_names else Type.TEXT for name in schema.names]
    rows = parquet_rows(claim.archived, schema, kinds)
    try:
        tally = load(db, rows, frame, claim.draft(_ROWS_DRAFT), where)
    except NotStrictError as error:
        raise FileRefused("E-PARQUET", where, "not readable as Parquet", do="deliver it again") from error
    _check_rows(claim, tally)
    if tally.breaches:
        quarantine.keep(claim, tally, _parquet_records(rows, schema.names, tally.breaches))
    return _finish(claim, frame, tally)


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


def _land_nothing(claim: Claim, frame: Frame, delivered_before: bool) -> Receipt:
    """A header without rows: a quiet night in a delta, an accident in a full or first delivery."""
    if claim.entity not in claim.options.may_be_empty and (claim.mode == "full" or not delivered_before):
        what = f"a header and no rows in a {'full' if claim.mode == 'full' else 'first'} delivery"
        do = f"deliver it again or list {claim.entity} in sources.{claim.source}.may_be_empty"
        raise FileRefused(HEADER_ONLY, claim.where, what, do=do)
    _check_rows(claim, Tally())
    return _finish(claim, frame, Tally(), ("I-HEADER-ONLY no rows",))


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


def _finish(claim: Claim, frame: Frame, tally: Tally, notes: tuple[str, ...] = ()) -> Receipt:
    """Check the books, give the rows their name and make the receipt."""
    tally.check(claim.where)
    unknown = tuple(frame.layout.header[i] for i in frame.layout.unknown)
    if unknown:
        notes = (*notes, f"W-COLUMN-NEW {len(unknown)} columns beside the contract's are kept with the rows")
    receipt = claim.receipt(
        "loaded",
        rows_in=tally.rows_in,
        rows_loaded=tally.loaded,
        rows_quarantined=tally.quarantined,
        rows_duplicate=tally.duplicates,
        notes=notes,
        unknown_columns=unknown,
    )
    if tally.loaded:
        move_into_place(claim.draft(_ROWS_DRAFT), receipt.rows_path(claim.settings))
    crash_point("S3", 2)
    return receipt
