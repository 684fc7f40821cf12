"""Files that the strict parsers refuse, read record by record: rows of the wrong width set aside, line ends made equal.

Also where a record stands in its file. Slow, hence only for files or rows that need it.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import FileRefused
from pipelines.intake.parse import MAX_RECORD_BYTES
from pipelines.intake.plain import Text

RAGGED, BESIDE_RAGGED = "ragged", "beside_ragged"


@dataclass(frozen=True)
class Record:
    """One record. `number` counts from 1 after the header (0), `line` is the physical line it starts in."""

    number: int
    line: int
    fields: list[str]
    text: str


@dataclass(frozen=True)
class Mended:
    """A clean copy of a file, and why records were left out of it, by their numbers in order."""

    path: Path
    skipped: dict[int, str]


def records(text: Text, delimiter: str, where: str) -> Iterator[Record]:
    """The records of a file, header included, blank lines skipped. Raises FileRefused on broken quotes."""
    csv.field_size_limit(MAX_RECORD_BYTES)
    lines: list[str] = []

    def keeping(source: Iterator[str]) -> Iterator[str]:
        for line in source:
            lines.append(line)
            yield line

    number, start = -1, 1
    with text.path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(keeping(file), delimiter=delimiter, strict=True)
        try:
            for fields in reader:
                if fields:
                    number += 1
                    yield Record(number, start, fields, "".join(lines).rstrip("\r\n"))
                lines.clear()
                start = reader.line_num + 1
        except csv.Error as error:
            raise _broken(str(error), start, where) from error


def mend(text: Text, width: int, delimiter: str, work: Path, where: str) -> Mended:
    """Write the records of the right width to a clean copy in `work`. Raises FileRefused on broken quotes."""
    path, skipped = work / "mended.csv", {}
    with path.open("w", encoding="utf-8", newline="") as copy:
        writer = csv.writer(copy, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for before, record, after in _with_neighbours(records(text, delimiter, where)):
            if len(record.fields) != width:
                skipped[record.number] = RAGGED
            elif record.number and any(_may_be_a_piece(record, other, width) for other in (before, after)):
                skipped[record.number] = BESIDE_RAGGED
            else:
                writer.writerow(record.fields)
    return Mended(path, skipped)


def _with_neighbours(source: Iterator[Record]) -> Iterator[tuple[Record | None, Record, Record | None]]:
    before, record = None, next(source, None)
    while record is not None:
        after = next(source, None)
        yield before, record, after
        before, record = record, after


def _may_be_a_piece(record: Record, neighbour: Record | None, width: int) -> bool:
    """Whether a record of the right width may be one half of a record that broke in two, its `neighbour` the other.

    A break in the first or the last field leaves one field beside a whole record; one in quotes leaves half of them.
    """
    if neighbour is None or len(neighbour.fields) == width:
        return False
    return len(neighbour.fields) == 1 or record.text.count('"') % 2 == 1


def find_records(
    text: Text, delimiter: str, wanted: Collection[int], rows: int | None, where: str
) -> dict[int, Record]:
    """The records with the `wanted` numbers; `rows` is how many a clean file has, None for one that needed mending."""
    if rows is not None and text.newlines == rows + text.ends_with_newline:
        return _find_lines(text, delimiter, wanted)
    found = {}
    for record in records(text, delimiter, where):
        if record.number in wanted:
            found[record.number] = record
            if len(found) == len(wanted):
                break
    return found


def _find_lines(text: Text, delimiter: str, wanted: Collection[int]) -> dict[int, Record]:
    """The fast way where every record is one line."""
    found, last = {}, max(wanted)
    with text.path.open("rb") as file:
        for number, line in enumerate(file):
            if number in wanted:
                content = line.decode("utf-8").rstrip("\r\n")
                found[number] = Record(number, number + 1, next(csv.reader([content], delimiter=delimiter)), content)
            if number == last:
                break
    return found


def _broken(reason: str, line: int, where: str) -> FileRefused:
    if "unexpected end of data" in reason or "field limit" in reason:
        what = f"the record at line {line} does not end: a quote is never closed, or a field is over 8 MB"
        return FileRefused("E-CSV-UNTERMINATED", where, what, do="export it again")
    return FileRefused(
        "E-CSV-QUOTES", where, f"text after a closing quote in the record at line {line}", do="export it again"
    )
