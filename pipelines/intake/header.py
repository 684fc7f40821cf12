"""Which field of a delivered file is which column of the contract. By name, never by position, never by guessing.

Reads the first record only; rows are for parse.py.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import io
import re
from collections import Counter
from dataclasses import dataclass

from pipelines.contract import Entity
from pipelines.errors import FileRefused
from pipelines.intake.plain import Text, undecodable
from pipelines.settings import Source

MAX_HEADER_BYTES = 64 << 10
MAX_COLUMNS = 2000
_SHOWN = 5
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_ .]{0,59}")


@dataclass(frozen=True)
class Layout:
    """The fields of a file by position. `canonical` fields hold text in the contract's own format, not the source's."""

    entity: Entity
    header: tuple[str, ...]
    canonical: frozenset[int] = frozenset()

    @property
    def width(self) -> int:
        return len(self.header)

    def position(self, column: str) -> int | None:
        return self.header.index(column) if column in self.header else None

    @property
    def unknown(self) -> tuple[int, ...]:
        """Positions of fields that the contract does not know."""
        known = {*self.entity.column_names, "is_deleted"}
        return tuple(i for i, name in enumerate(self.header) if name not in known)


@dataclass(frozen=True)
class Header:
    """The names in the first record, whether it is the first line, and whether any record follows it."""

    names: list[str]
    is_on_top: bool
    has_rows: bool


def read_header(text: Text, delimiter: str, where: str) -> Header:
    """The first record of a file. Raises FileRefused."""
    with text.path.open("rb") as file:
        head = file.read(MAX_HEADER_BYTES)
        is_whole = not file.read(1)
    start = _decoded(head, where)
    records = csv.reader(io.StringIO(start, newline=""), delimiter=delimiter, strict=True)
    try:
        header = next(filter(None, records), [])
    except csv.Error as error:
        raise FileRefused("E-CSV-UNTERMINATED", where, "a quote in the header is never closed") from error
    after = io.StringIO(start, newline="").readlines()[records.line_num :]
    if len(header) > MAX_COLUMNS or not (is_whole or after):
        raise FileRefused("E-HEADER", where, f"header over {MAX_HEADER_BYTES >> 10} kB or {MAX_COLUMNS} columns")
    is_on_top = not start.startswith(("\r", "\n"))
    return Header(header, is_on_top, not is_whole or bool("".join(after).strip("\r\n")))


def _decoded(head: bytes, where: str) -> str:
    """The start of a file as text; strictly, since the parsers skip the header and see nothing wrong in it."""
    try:
        # Not final: the last character may go on after these bytes.
        return codecs.getincrementaldecoder("utf-8-sig")("strict").decode(head)
    except UnicodeDecodeError as error:
        raise undecodable(where, "utf-8", error.start) from error


def check_header(header: list[str], entity: Entity, source: Source, source_name: str, where: str) -> None:
    """Raise FileRefused when a required column is missing or a name stands twice."""
    twice = [name for name, count in Counter(name.strip().lower() for name in header).items() if count > 1]
    missing = [name for name in required(entity, source) if name not in header]
    if missing:
        raise _missing(missing, header, source, source_name, where)
    if twice:
        names = ", ".join(sorted(plain_names(twice))[:_SHOWN]) or f"{len(twice)} names"
        raise FileRefused("E-HEADER-DUP", where, f"column stands more than once: {names}", do="export each column once")


def required(entity: Entity, source: Source) -> list[str]:
    """Columns a file cannot do without; a currency may come from the source's configuration."""
    return [name for name in entity.required_columns if not (name == "currency" and has_default(entity, source))]


def has_default(entity: Entity, source: Source) -> bool:
    """Whether rows without a currency get the source's; never where the currency is what the row is about."""
    return source.currency is not None and "currency" not in entity.key


def _missing(missing: list[str], header: list[str], source: Source, source_name: str, where: str) -> FileRefused:
    delimiter = source.dialect.delimiter
    for other, name in _DELIMITERS.items():
        joined = delimiter.join(header)
        if other != delimiter and set(missing) & {part.strip('"') for part in joined.split(other)}:
            option = f"sources.{source_name}.dialect.delimiter"
            found = f"a header separated by {name}"
            return FileRefused(
                "E-SCHEMA",
                where,
                "wrong delimiter",
                expected=_DELIMITERS[delimiter],
                found=found,
                do=f"declare {option}",
            )
    found = ", ".join(filter(None, (_similar(name, header) for name in missing))) or f"{len(header)} other columns"
    return FileRefused(
        "E-SCHEMA", where, f"missing {', '.join(missing)}", found=found, do="deliver the columns of the contract"
    )


def _similar(name: str, header: list[str]) -> str:
    """`new Lead_Id (similar 0.86)`: what the missing column may be called now."""
    scores = {
        other: difflib.SequenceMatcher(None, name.lower(), other.lower()).ratio() for other in plain_names(header)
    }
    best = max(scores, key=lambda other: scores[other], default="")
    return f"new {best} (similar {scores[best]:.2f})" if best and scores[best] >= 0.6 else ""


def plain_names(names: list[str]) -> list[str]:
    """Names that look like column names: where a header is missing, the first record holds values of people."""
    return [name for name in names if _PLAIN_NAME.fullmatch(name)]
