"""Text to the typed columns of the contract, as SQL for DuckDB: t0, t1 … in, contract columns and a reason out.

Set-based and strict: a value that is not exactly what the contract and the source's dialect allow becomes NULL here and
its row gets a reason. Nothing is repaired and nothing guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pipelines.contract import Column, Type
from pipelines.intake.clock_changes import is_unclear
from pipelines.intake.header import Layout, has_default
from pipelines.quoting import literal
from pipelines.settings import Dialect, Source

REASON = "_reason"
KEY = "_key"
SHAPE = "_shape"
TEXT = "_text"
UNCLEAR = "_unclear"
EXCEL_NUMBER, EXCEL_DATE, BAD_ID = "excel_number", "excel_date", "bad_id"

_BAD = {
    Type.TIMESTAMP: "bad_timestamp",
    Type.DATE: "bad_date",
    Type.BOOLEAN: "bad_boolean",
    Type.INTEGER: "bad_number",
    Type.NUMBER: "bad_number",
    Type.MONEY: "bad_number",
    Type.RATE: "bad_number",
}
_NUMBER = {
    Type.INTEGER: r"[+-]?\d{1,18}(\.0+)?",
    Type.NUMBER: r"[+-]?\d{1,300}(\.\d+)?",
    Type.MONEY: r"[+-]?\d{1,16}(\.\d{1,2}0*)?",  # a third decimal would be rounded away
    Type.RATE: r"[+-]?\d{1,10}(\.\d+)?",
}
_COMMA_NUMBER = r"[+-]?(\d{1,3}([. \x{00a0}\x{202f}]\d{3})+|\d+)(,\d+)?"
# What exports write where they have nothing; as an id it would make one record of many.
_NO_ID = ("", "NULL", "NONE", "NIL", "NAN", "N/A", "NA", "#N/A", "-", "\\N")
_EXCEL_NUMBER = r"[+-]?\d([.,]\d+)?E\+\d{2,3}"
_EXCEL_DAY = r"[1-9]\d{4}([.,]\d+)?"
_TIME = r"[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?"
_OFFSET = r"(Z|[+-]\d{2}(:?\d{2})?)"
_DAY = r"[1-9]\d{3}-\d{2}-\d{2}"


@dataclass(frozen=True)
class Frame:
    """What typing depends on beside the text: where the file came from and how its source writes."""

    layout: Layout
    source: Source
    source_name: str
    delivered_on: date
    version: int
    is_full: bool
    sha256: str
    company_time_zone: str

    @property
    def latest_update(self) -> datetime:
        """24 hours after the end of the delivery's day in company time, as UTC without a zone."""
        end = datetime.combine(self.delivered_on + timedelta(days=2), time(), ZoneInfo(self.company_time_zone))
        return end.astimezone(UTC).replace(tzinfo=None)


def typed_rows(frame: Frame, texts: str) -> str:
    """SELECT over `texts` (t0, t1 …, `_record`): contract columns, `is_deleted`, `_line`, `_extra`, `_reason`, `_key`,
    `_text`, `_unclear` and t0, t1 … The raw columns that are the same in all rows of a file come when it is written.

    `_reason` is NULL for a good row, else `reason|column` of the first column that breaks the contract; `_text` is then
    how its text begins, for `refused_rows`. `_unclear` counts the times of a row that a change
    of the clock skipped or repeated: a skipped one is taken an hour later, a repeated one for the second of two.
    """
    entity, layout = frame.layout.entity, frame.layout
    typed = ", ".join(f"{_typed(frame, column)} as {column.name}" for column in _all_columns(frame))
    fields = ", ".join(f"t{i}" for i in range(layout.width))
    key = " || '|' || ".join(f"cast({name} as varchar)" for name in entity.key)
    more = f"{_extra(frame)} as _extra, {_unclear(frame)} as {UNCLEAR}"
    inner = f"select {typed}, _record as _line, {more}, {fields} from ({texts})"
    reasoned = f"select *, {_reason(frame)} as {REASON} from ({inner})"
    return (
        f"select * replace (coalesce(is_deleted, false) as is_deleted), {_text(frame)} as {TEXT}, "
        f"case when {REASON} is not null then {key} end as {KEY} from ({reasoned})"
    )


def refused_rows(typed: str) -> str:
    """SELECT of `_line`, `_reason`, `_key` and `_shape` of those `typed` rows that have a reason.

    The shape is how the text looks, every letter as x and every digit as 9.
    """
    # Apart from `typed_rows`: these classes are as dear to compile as all of its expressions, and few chunks need them.
    masked = rf"regexp_replace(regexp_replace({TEXT}, '[\pL\pM]', 'x', 'g'), '\pN', '9', 'g')"
    return f"select _line, {REASON}, {KEY}, {masked} as {SHAPE} from {typed} where {REASON} is not null order by _line"


def _text(frame: Frame) -> str:
    layout = frame.layout
    delivered = [name for name in [*layout.entity.column_names, "is_deleted"] if layout.position(name) is not None]
    cases = " ".join(f"when {literal(name)} then t{layout.position(name)}" for name in delivered)
    return f"case when {REASON} is not null then left(case split_part({REASON}, '|', 2) {cases} end, 24) end"


def _all_columns(frame: Frame) -> tuple[Column, ...]:
    return (*frame.layout.entity.columns, Column("is_deleted", Type.BOOLEAN))


def _typed(frame: Frame, column: Column) -> str:
    """SQL of one column; NULL where it was not delivered."""
    position = frame.layout.position(column.name)
    if position is None and column.name != "currency":
        return f"cast(null as {column.type.sql})"
    text = f"t{position}" if position is not None else "cast(null as varchar)"
    dialect = _dialect(frame, position)
    if column.type is Type.ID:
        return f"{literal(frame.source.id_prefix)} || {text}" if frame.source.id_prefix else text
    if column.type is Type.TEXT:
        is_defaulted = column.name == "currency" and has_default(frame.layout.entity, frame.source)
        return f"coalesce({text}, {literal(frame.source.currency or '')})" if is_defaulted else text
    if column.type is Type.TIMESTAMP:
        return timestamp(text, dialect, frame.company_time_zone)
    if column.type is Type.DATE:
        return day(text, dialect)
    if column.type is Type.BOOLEAN:
        return boolean(text)
    return number(text, column.type, dialect)


def _dialect(frame: Frame, position: int | None) -> Dialect:
    """How a column is written: typed columns of a Parquet file need no dialect but their zone."""
    dialect = frame.source.dialect
    return Dialect(time_zone=dialect.time_zone) if position in frame.layout.canonical else dialect


def _unclear(frame: Frame) -> str:
    times = [column.name for column in frame.layout.entity.columns if column.type is Type.TIMESTAMP]
    tests = [
        is_unclear(_iso(f"t{position}", dialect), f"{_DAY}{_TIME}", dialect.time_zone)
        for position in map(frame.layout.position, times)
        if position is not None
        for dialect in [_dialect(frame, position)]
    ]
    return " + ".join(f"cast({test} as integer)" for test in tests if test) or "0"


def boolean(text: str) -> str:
    """`true` or `false` in any case."""
    return (
        f"case when {text} = 'true' then true when {text} = 'false' then false "
        f"when lower({text}) = 'true' then true when lower({text}) = 'false' then false end"
    )


def number(text: str, kind: Type, dialect: Dialect) -> str:
    """A plain decimal number; with a decimal comma, blanks and points may group thousands."""
    if dialect.decimal == ",":
        ungrouped = rf"replace(regexp_replace({text}, '[. \x{{00a0}}\x{{202f}}]', '', 'g'), ',', '.')"
        text = f"case when regexp_full_match({text}, '{_COMMA_NUMBER}') then {ungrouped} end"
    return f"case when regexp_full_match({text}, '{_NUMBER[kind]}') then try_cast({text} as {kind.sql}) end"


def day(text: str, dialect: Dialect) -> str:
    """A date and nothing else; `cast` alone would take times and `infinity` too."""
    iso = _iso(text, dialect)
    return f"case when regexp_full_match({iso}, '{_DAY}') then try_cast({iso} as date) end"


def timestamp(text: str, dialect: Dialect, company_time_zone: str) -> str:
    """UTC without a zone. Without an offset it is in the source's zone; a bare date is midnight in company time."""
    iso = _iso(text, dialect)
    with_seconds = rf"regexp_replace({iso}, '^(.{{16}})([Z+-])', '\1:00\2')"
    with_offset = rf"regexp_replace({with_seconds}, '([+-]\d{{2}})(\d{{2}})$', '\1:\2')"
    local = f"try_cast({iso} as timestamp)"
    # The first two branches are what nearly all exports write, told by shape without a regular expression; a first
    # digit of 1 or more keeps out blanks, signs and years of two digits that the cast would take.
    return (
        f"case when {text} like '____-__-__T__:__:__Z' and {text} >= '1' then try_cast({text} as timestamp) "
        f"when {text} like '____-__-__ __:__:__' and {text} >= '1' "
        f"then {_to_utc(f'try_cast({text} as timestamp)', dialect.time_zone)} "
        f"when regexp_full_match({iso}, '{_DAY}{_TIME}') then {_to_utc(local, dialect.time_zone)} "
        f"when regexp_full_match({iso}, '{_DAY}{_TIME}{_OFFSET}') "
        f"then timezone('UTC', try_cast({with_offset} as timestamptz)) "
        f"when regexp_full_match({iso}, '{_DAY}') then {_to_utc(local, company_time_zone)} end"
    )


def _iso(text: str, dialect: Dialect) -> str:
    """`text` with its date as YYYY-MM-DD; dates that begin with the year are so already in every dialect."""
    order = {"dmy": r"\3-\2-\1", "mdy": r"\3-\1-\2"}.get(dialect.dates)
    return rf"regexp_replace({text}, '^(\d{{2}})[./-](\d{{2}})[./-](\d{{4}})', '{order}')" if order else text


def _to_utc(local: str, zone: str) -> str:
    return local if zone == "UTC" else f"timezone('UTC', timezone({literal(zone)}, {local}))"


def _extra(frame: Frame) -> str:
    """The unknown columns of the delivery as a JSON object."""
    names = frame.layout.header
    pairs = ", ".join(f"{literal(names[i])}, t{i}" for i in frame.layout.unknown)
    return f"cast(json_object({pairs}) as varchar)" if pairs else "cast(null as varchar)"


def _reason(frame: Frame) -> str:
    cases = " ".join(case for column in _all_columns(frame) for case in _breaches(frame, column))
    return f"case {cases} end"


def _breaches(frame: Frame, column: Column) -> Iterator[str]:
    """WHEN … THEN for each way in which a column can break the contract."""
    name, position = column.name, frame.layout.position(column.name)
    if position is not None and column.type in (Type.DATE, Type.TIMESTAMP):
        serial = f"{name} is null and regexp_full_match(t{position}, '{_EXCEL_DAY}')"
        yield f"when t{position} is not null and {serial} then '{EXCEL_DATE}|{name}'"
    if position is not None and column.type in _BAD:
        yield f"when t{position} is not null and {name} is null then '{_BAD[column.type]}|{name}'"
    if position is not None and column.type is Type.ID:
        yield from _bad_ids(frame, name, f"t{position}")
    if column.required:
        yield f"when {name} is null then 'missing_required|{name}'"
    if column.allowed:
        values = ", ".join(literal(value) for value in column.allowed)
        yield f"when {name} not in ({values}) then 'not_allowed|{name}'"
    if name == "updated_at":
        yield f"when {name} > timestamp '{frame.latest_update}' then 'future_updated_at|{name}'"


def _bad_ids(frame: Frame, name: str, text: str) -> Iterator[str]:
    """WHEN … THEN for an id that is none."""
    tokens = ", ".join(literal(token) for token in _NO_ID)
    number = f"regexp_full_match({text}, '{_EXCEL_NUMBER}')"
    why = (
        f"case when upper(trim({text})) in ({tokens}) then 'no_id|{name}' "
        f"when {text} < '!' or ends_with({text}, ' ') then 'padded_id|{name}' "
        f"when {number} then '{EXCEL_NUMBER}|{name}' end"
    )
    # Nearly all ids pass these tests, which cost little: long enough, no blank at an end, no exponent.
    has_exponent = f"({text} < ':' and contains({text}, 'E+'))"
    is_odd = f"strlen({text}) < 5 or {text} < '!' or ends_with({text}, ' ') or {has_exponent}"
    yield f"when ({is_odd}) and {why} is not null then {why}"
    if frame.source.id_length:
        yield f"when length({text}) <> {frame.source.id_length} then '{BAD_ID}|{name}'"
