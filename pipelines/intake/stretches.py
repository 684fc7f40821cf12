"""Where each record of a CSV file stands and how many fields it has, be the file strict or not: a stretch at a time.

Records are those of Python's csv module. It reads only what has odd quotes or line ends; anywhere else the same follows
from where quotes, delimiters and line ends stand. What becomes of a record is for mend.py.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np
import numpy.typing as npt

from pipelines.errors import FileRefused
from pipelines.intake.parse import MAX_RECORD_BYTES
from pipelines.intake.plain import BOM, Text

_READ_BYTES = 1 << 20
_QUOTE, _LF, _CR = ord('"'), ord("\n"), ord("\r")

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Record:
    """One record. `number` counts from 1 after the header (0), `line` is the physical line it starts in."""

    number: int
    line: int
    fields: list[str]
    text: str


@dataclass(frozen=True)
class Stretch:
    """Neighbouring records of a file, the first with this `number`; `data` begins in this `line`.

    Record i is `data[starts[i]:stops[i]]` with its line end, `widths[i]` fields wide. `fields` are those of records
    that no strict parser would read alike.
    """

    number: int
    line: int
    data: bytes
    starts: Places
    stops: Places
    widths: Places
    delimiter: str
    fields: list[list[str]] | None = None

    def __len__(self) -> int:
        return len(self.starts)

    def text(self, i: int) -> str:
        return self.data[self.starts[i] : self.stops[i]].decode()

    def record(self, i: int) -> Record:
        fields = self.fields[i] if self.fields else next(_reader(self.text(i), self.delimiter))
        return Record(self.number + i, self.line + _line_ends(self.data[: self.starts[i]]), fields, self.text(i))

    def clean(self, keep: Mask) -> bytes:
        """The records to keep as strict CSV, each ended by a line feed alone."""
        if self.fields:
            copy = io.StringIO(newline="")
            writer = csv.writer(copy, delimiter=self.delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writerows(fields for fields, kept in zip(self.fields, keep, strict=True) if kept)
            return copy.getvalue().encode()
        # Behind the text of a record comes one byte more, whichever that is: the line feed's place.
        signs = np.frombuffer(self.data, dtype=np.uint8).copy()
        signs[self.stops] = _LF
        edges = np.zeros(len(signs) + 1, dtype=np.int8)
        edges[self.starts[keep]] += 1
        edges[self.stops[keep] + 1] -= 1
        return signs[np.cumsum(edges[:-1], dtype=np.int8).astype(np.bool_)].tobytes()


def stretches(text: Text, delimiter: str, where: str) -> Iterator[Stretch]:
    """All records of a file in order, the header first, blank lines left out. Raises FileRefused on broken quotes."""
    csv.field_size_limit(MAX_RECORD_BYTES)
    number, line, rest, is_last = 0, 1, b"", False
    with text.path.open("rb") as file:
        rest = file.read(len(BOM)).removeprefix(BOM)
        while rest or not is_last:
            rest, is_last = _more(file, rest)
            data = rest if is_last else rest[: _end_of_lines(rest)]
            stretch = _at_once(data, delimiter, number, line)
            if stretch is None:
                stretch = _one_by_one(data, delimiter, number, line, is_last, where)
            if len(stretch):
                yield stretch
            number += len(stretch)
            line += _line_ends(stretch.data)
            rest = rest[len(stretch.data) :]


def _more(file: IO[bytes], rest: bytes) -> tuple[bytes, bool]:
    """What was left and the next bytes, and whether these are the last, which then have a line end."""
    # As much again as was left, or a record as long as the file would be read over and over.
    chunk = file.read(max(_READ_BYTES, len(rest)))
    if chunk or not rest or rest.endswith(b"\n"):
        return rest + chunk, not chunk
    return rest + b"\n", True


def _end_of_lines(data: bytes) -> int:
    """How many bytes are whole lines, whatever ends them."""
    # A carriage return may be half of a line end, if it is the last byte.
    return (data.rfind(b"\n") + 1) or (data.rfind(b"\r", 0, -1) + 1)


def _line_ends(data: bytes) -> int:
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


def _at_once(data: bytes, delimiter: str, number: int, line: int) -> Stretch | None:
    """The whole records of `data` by where its signs stand; None where csv would or might read others."""
    signs = np.frombuffer(data, dtype=np.uint8)
    is_quote = signs == _QUOTE
    within = np.logical_xor.accumulate(is_quote) if is_quote.any() else is_quote
    ends = np.flatnonzero((signs == _LF) & ~within)
    longest = np.diff(ends, prepend=-1, append=len(data)).max()
    if not len(ends) or longest > MAX_RECORD_BYTES or not _is_regular(signs, is_quote, within, ord(delimiter)):
        return None
    starts = np.concatenate(([0], ends[:-1] + 1))
    stops = ends - (signs[ends - 1] == _CR)
    separators = np.flatnonzero((signs == ord(delimiter)) & ~within)
    widths = np.diff(np.searchsorted(separators, ends), prepend=0) + 1
    is_blank = starts == stops
    if is_blank.any():
        starts, stops, widths = starts[~is_blank], stops[~is_blank], widths[~is_blank]
    return Stretch(number, line, data[: ends[-1] + 1], starts, stops, widths, delimiter)


def _is_regular(signs: npt.NDArray[np.uint8], is_quote: Mask, within: Mask, delimiter: int) -> bool:
    """Whether quotes stand around whole fields or twice in a row, and carriage returns outside them before line feeds.

    Then a sign is within quotes where the quotes before it are odd in number.
    """
    # The signs after each one, and before it; a line feed stands before the first and behind the last.
    after, before = np.append(signs[1:], _LF), np.append(_LF, signs[:-1])
    if (after[(signs == _CR) & ~within] != _LF).any():
        return False
    opening, closing = before[is_quote & within], after[is_quote & ~within]
    return bool(
        np.isin(opening, (delimiter, _LF, _QUOTE)).all() and np.isin(closing, (delimiter, _LF, _CR, _QUOTE)).all()
    )


def _one_by_one(data: bytes, delimiter: str, number: int, line: int, is_last: bool, where: str) -> Stretch:
    """The whole records of `data` as csv reads them. Raises FileRefused on broken quotes."""
    lines: list[int] = []

    def counted(source: Iterator[str]) -> Iterator[str]:
        for each in source:
            lines.append(len(each.encode()))
            yield each

    fields, places, read = [], [], 0
    reader = csv.reader(counted(io.StringIO(data.decode(), newline="")), delimiter=delimiter, strict=True)
    try:
        for record in reader:
            start, read = read, read + sum(lines)
            lines.clear()
            if record:
                fields.append(record)
                places.append((start, start + len(data[start:read].rstrip(b"\r\n")), len(record)))
    except csv.Error as error:
        # A record that goes on behind these bytes is read with the next ones.
        if is_last or "unexpected end of data" not in str(error):
            raise _broken(str(error), line + _line_ends(data[:read]), where) from error
    starts, stops, widths = np.array(places, dtype=np.int64).reshape(-1, 3).T
    return Stretch(number, line, data[:read], starts, stops, widths, delimiter, fields)


def _reader(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _broken(reason: str, line: int, where: str) -> FileRefused:
    if "unexpected end of data" in reason or "field limit" in reason:
        what = f"the record at line {line} does not end: a quote is never closed, or a field is over 8 MB"
        return FileRefused("E-CSV-UNTERMINATED", where, what, do="export it again")
    return FileRefused(
        "E-CSV-QUOTES", where, f"text after a closing quote in the record at line {line}", do="export it again"
    )
