"""Files that the strict parsers refuse, mended: rows of the wrong width set aside, line ends made equal.

Also where a record stands in its file. How records are told apart is for stretches.py.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipelines.intake.plain import Text
from pipelines.intake.stretches import Record, Stretch, stretches

RAGGED, BESIDE_RAGGED = "ragged", "beside_ragged"


@dataclass(frozen=True)
class Mended:
    """A clean copy of a file, and why records were left out of it, by their numbers in order."""

    path: Path
    skipped: dict[int, str]


def mend(text: Text, width: int, delimiter: str, work: Path, where: str) -> Mended:
    """Write the records of the right width to a clean copy in `work`. Raises FileRefused on broken quotes."""
    path, skipped = work / "mended.csv", {}
    with path.open("wb") as copy:
        for before, stretch, after in _with_neighbours(stretches(text, delimiter, where), width):
            left_out = _left_out(before, stretch, after, width)
            keep = np.ones(len(stretch), dtype=np.bool_)
            keep[list(left_out)] = False
            copy.write(stretch.clean(keep))
            skipped.update({stretch.number + i: reason for i, reason in left_out.items()})
    return Mended(path, skipped)


def _with_neighbours(source: Iterator[Stretch], width: int) -> Iterator[tuple[int, Stretch, int]]:
    """Each stretch between the widths of the record before and the one after it; the right one where there is none."""
    before, stretch = width, next(source, None)
    while stretch is not None:
        following = next(source, None)
        yield before, stretch, int(following.widths[0]) if following else width
        before, stretch = int(stretch.widths[-1]), following


def _left_out(before: int, stretch: Stretch, after: int, width: int) -> dict[int, str]:
    """Which records of a stretch are not for the copy, and why, in order."""
    widths = np.concatenate(([before], stretch.widths, [after]))
    is_odd = widths != width
    left_out = dict.fromkeys(np.flatnonzero(is_odd[1:-1]).tolist(), RAGGED)
    for i in np.flatnonzero(~is_odd[1:-1] & (is_odd[:-2] | is_odd[2:])).tolist():
        odd_ones = [n for n in (widths[i], widths[i + 2]) if n != width]
        if stretch.number + i and _may_be_a_piece(stretch.text(i), odd_ones):
            left_out[i] = BESIDE_RAGGED
    return dict(sorted(left_out.items()))


def _may_be_a_piece(text: str, neighbours: list[int]) -> bool:
    """Whether a record of the right width may be one half of a record that broke in two, the other half beside it.

    A break in the first or the last field leaves one field beside a whole record; one in quotes leaves half of them.
    `neighbours` are the widths of the wrong ones beside it.
    """
    return 1 in neighbours or text.count('"') % 2 == 1


def find_records(
    text: Text, delimiter: str, wanted: Collection[int], rows: int | None, where: str
) -> dict[int, Record]:
    """The records with the `wanted` numbers; `rows` is how many a clean file has, None for one that needed mending."""
    if rows is not None and text.newlines == rows + text.ends_with_newline:
        return _find_lines(text, delimiter, wanted)
    found: dict[int, Record] = {}
    for stretch in stretches(text, delimiter, where):
        numbers = range(stretch.number, stretch.number + len(stretch))
        found |= {number: stretch.record(number - stretch.number) for number in wanted if number in numbers}
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
