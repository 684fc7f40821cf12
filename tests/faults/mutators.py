"""Ways in which a delivered file is damaged on its way: structure, encoding, format, never one valid value for another.

`Mutator.needs_manifest` names those that leave a valid file with fewer or other rows: nobody can see them who is not
told what was sent. What must become of a damaged file is judged in test_fuzz.py.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.faults import zips

Records = list[list[str]]

HEADER = ["invoice_id", "account_id", "invoiced_on", "amount", "currency", "kind", "updated_at"]
AMOUNT = 3
PEOPLE_HEADER = ["user_id", "full_name", "email", "updated_at"]
NUMBERS = ("1.234,56", "$12", "(5)", "12,50", "1e3", "NaN", "12.345", "1 000")
NO_IDS = ("", "NULL", "n/a", "-", " ", "None")
NOT_UTF8 = (b"\xff", b"\xc3(", b"\x80")
NAMES = ("Ann", "Müller, Jürgen", 'Bob "B", Jr', "two\nlines, here", "Иван", "O'Hara", "日本, 語", "x")


def invoices(rng: Random, rows: int) -> Records:
    return [HEADER] + [
        [
            f"INV{10_000 + number}",
            f"A{rng.randrange(50)}",
            f"2026-01-{rng.randrange(1, 6):02}",
            f"{rng.randrange(1, 10**6) / 100:.2f}",
            rng.choice(("EUR", "USD")),
            rng.choice(("recurring", "one_off", "")),
            f"2026-01-05T{rng.randrange(10, 24)}:{rng.randrange(10, 60)}:{rng.randrange(10, 60)}Z",
        ]
        for number in range(rows)
    ]


def people(rng: Random, rows: int) -> Records:
    return [PEOPLE_HEADER] + [
        [f"U{1000 + n}", rng.choice(NAMES), f"u{n}@example.org", f"2026-01-05T10:00:{rng.randrange(10, 60)}Z"]
        for n in range(rows)
    ]


def written(records: Records, ends: str = "\n", delimiter: str = ",") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=ends, delimiter=delimiter).writerows(records)
    return text.getvalue().encode()


@dataclass(frozen=True)
class Mutator:
    """`damage` makes the bytes that arrive of the records that were sent; `suffix` is how their file is named."""

    name: str
    damage: Callable[[Records, Random], bytes]
    needs_manifest: bool = False
    suffix: str = ".csv"


def _row(records: Records, rng: Random) -> int:
    return rng.randrange(1, len(records))


def _lines(records: Records) -> list[bytes]:
    """The header and every record as written, line end included."""
    return [written([record]) for record in records]


def _with_lines(change: Callable[[list[bytes], Random], None]) -> Callable[[Records, Random], bytes]:
    def damage(records: Records, rng: Random) -> bytes:
        lines = _lines(records)
        change(lines, rng)
        return b"".join(lines)

    return damage


def _with_cell(
    column: Callable[[list[str], Random], int], text: Callable[[str, Random], str]
) -> Callable[[Records, Random], bytes]:
    def damage(records: Records, rng: Random) -> bytes:
        row, at = _row(records, rng), column(records[0], rng)
        records[row][at] = text(records[row][at], rng)
        return written(records)

    return damage


def _typed(header: list[str], rng: Random) -> int:
    """A column that is no free text."""
    return rng.choice([0, 1, 2, AMOUNT, 6] if header == HEADER else [0, 3])


def _id(header: list[str], rng: Random) -> int:
    return rng.choice([0, 1] if header == HEADER else [0])


def _dated(header: list[str], rng: Random) -> int:
    return rng.choice([2, 6] if header == HEADER else [3])


def _truncated(records: Records, rng: Random) -> bytes:
    """Cut anywhere but between two rows."""
    data, ends, at = written(records), set(), 0
    for line in _lines(records):
        at += len(line)
        ends.add(at)
    return data[: rng.choice([cut for cut in range(1, len(data)) if cut not in ends])]


def _last_cut(records: Records, rng: Random) -> bytes:
    return written(records)[: -rng.randrange(1, 12)]


def _delimiter_lost(records: Records, rng: Random) -> bytes:
    row = _row(records, rng)
    at = rng.randrange(len(records[0]) - 1)
    records[row][at : at + 2] = ["".join(records[row][at : at + 2])]
    return written(records)


def _delimiter_added(records: Records, rng: Random) -> bytes:
    records[_row(records, rng)].insert(rng.randrange(len(records[0]) + 1), "")
    return written(records)


def _quote_lost(records: Records, rng: Random) -> bytes:
    data = written(records)
    quotes = [at for at, byte in enumerate(data) if byte == ord('"')]
    if not quotes:
        return data
    at = rng.choice(quotes)
    return data[:at] + data[at + 1 :]


def _quote_opened(lines: list[bytes], rng: Random) -> None:
    at = rng.randrange(1, len(lines))
    lines[at] = b'"' + lines[at]


def _line_ends(lines: list[bytes], rng: Random) -> None:
    for at, line in enumerate(lines):
        if rng.random() < 0.5:
            lines[at] = line.removesuffix(b"\n") + rng.choice((b"\r\n", b"\r", b"\n\n", b"\r\n\r\n"))


def _split(lines: list[bytes], rng: Random) -> None:
    """A line end in the middle of a record without quotes, where there is one."""
    unquoted = [i for i, line in enumerate(lines) if i and b'"' not in line]
    if not unquoted:
        return
    at = rng.choice(unquoted)
    cut = rng.randrange(1, len(lines[at]) - 1)
    lines[at] = lines[at][:cut] + b"\n" + lines[at][cut:]


def _joined(lines: list[bytes], rng: Random) -> None:
    at = rng.randrange(1, len(lines) - 1)
    lines[at] = lines[at].removesuffix(b"\n")


def _repeated_line(lines: list[bytes], rng: Random) -> None:
    lines.insert(rng.randrange(1, len(lines)), lines[rng.randrange(1, len(lines))])


def _repeated_header(lines: list[bytes], rng: Random) -> None:
    lines.insert(rng.randrange(1, len(lines) + 1), lines[0])


def _shuffled(lines: list[bytes], rng: Random) -> None:
    rows = lines[1:]
    rng.shuffle(rows)
    lines[1:] = rows


def _columns_moved(records: Records, rng: Random) -> bytes:
    order = rng.sample(range(len(records[0])), len(records[0]))
    return written([[record[at] for at in order] for record in records])


def _header_damaged(records: Records, rng: Random) -> bytes:
    required = [0, 1, 2, 3, 4, 6] if records[0] == HEADER else [0, 1, 3]
    header, at = list(records[0]), rng.choice(required)
    header[at] = rng.choice((header[at].upper(), header[at][:-1], "", header[at] + " ", header[at - 1]))
    return written([header, *records[1:]])


def _bytes(change: Callable[[bytes, Random], bytes]) -> Callable[[Records, Random], bytes]:
    return lambda records, rng: change(written(records), rng)


def _inserted(data: bytes, what: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + what + data[at:]


def _flipped(data: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def _zipped(records: Records, rng: Random) -> bytes:
    entity = "invoices" if records[0] == HEADER else "users"
    return zips.packed({f"{entity}.csv": written(records)})


def _dropped(lines: list[bytes], rng: Random) -> None:
    del lines[rng.randrange(1, len(lines))]


def _row_boundary(records: Records, rng: Random) -> bytes:
    return written(records[: rng.randrange(2, len(records))])


def _value_edited(records: Records, rng: Random) -> bytes:
    row = _row(records, rng)
    records[row][0] += "9"
    return written(records)


def _reworded(text: str, rng: Random) -> str:
    """A date or timestamp as other programs write it."""
    year, month, day = text[:10].split("-")
    german, american, named = f"{day}.{month}.{year}", f"{month}/{day}/{year}", f"{day}-Jan-{year}"
    return rng.choice((german, american, named, "46027", f"{year}{month}{day}", f"{year}-13-{day}"))


def _no_id(text: str, rng: Random) -> str:
    return rng.choice((*NO_IDS, text + " ", " " + text))


def _excel_id(text: str, rng: Random) -> str:
    return f"{rng.randrange(1, 10)}.{rng.randrange(10, 100)}E+{rng.randrange(10, 20)}"


def _amount(header: list[str], rng: Random) -> int:
    return AMOUNT if header == HEADER else 3


def _other_encoding(data: bytes, rng: Random) -> bytes:
    return ("é" + data.decode()).encode(rng.choice(("utf-16", "cp1252")), "replace")


MUTATORS = (
    Mutator("nothing", _bytes(lambda data, rng: data)),
    Mutator("truncated inside a row", _truncated),
    Mutator("cut in the last row", _last_cut),
    Mutator("delimiter lost", _delimiter_lost),
    Mutator("delimiter added", _delimiter_added),
    Mutator("quote lost", _quote_lost),
    Mutator("quote opened and never closed", _with_lines(_quote_opened)),
    Mutator("other line ends, blank lines", _with_lines(_line_ends)),
    Mutator("row split over two lines", _with_lines(_split)),
    Mutator("two rows on one line", _with_lines(_joined)),
    Mutator("row twice", _with_lines(_repeated_line)),
    Mutator("rows in another order", _with_lines(_shuffled)),
    Mutator("header again", _with_lines(_repeated_header)),
    Mutator("file appended to itself", _bytes(lambda data, rng: data + data)),
    Mutator("no header", lambda records, rng: written(records[1:])),
    Mutator("header damaged", _header_damaged),
    Mutator("columns in another order", _columns_moved),
    Mutator("other delimiter", lambda records, rng: written(records, delimiter=rng.choice(";\t|"))),
    Mutator("byte order mark", _bytes(lambda data, rng: b"\xef\xbb\xbf" + data)),
    Mutator("other encoding", _bytes(_other_encoding)),
    Mutator("bytes that are no UTF-8", _bytes(lambda data, rng: _inserted(data, rng.choice(NOT_UTF8), rng))),
    Mutator("NUL", _bytes(lambda data, rng: _inserted(data, b"\0", rng))),
    Mutator("number in another format", _with_cell(_amount, lambda text, rng: rng.choice(NUMBERS))),
    Mutator("date in another format", _with_cell(_dated, _reworded)),
    Mutator("id that is none", _with_cell(_id, _no_id)),
    Mutator("id mangled by Excel", _with_cell(_id, _excel_id)),
    Mutator("value lost", _with_cell(_typed, lambda text, rng: "")),
    Mutator("value of another column", _with_cell(_dated, lambda text, rng: rng.choice(("EUR", "A1", "x")))),
    Mutator("packed with gzip", _bytes(lambda data, rng: gzip.compress(data)), suffix=".csv.gz"),
    Mutator("damaged gzip", _bytes(lambda data, rng: _flipped(gzip.compress(data), rng)), suffix=".csv.gz"),
    Mutator("cut gzip", _bytes(lambda data, rng: gzip.compress(data)[: -rng.randrange(1, 60)]), suffix=".csv.gz"),
    Mutator("packed with zip", _zipped, suffix=".zip"),
    Mutator("damaged zip", lambda records, rng: _flipped(_zipped(records, rng), rng), suffix=".zip"),
    Mutator("cut zip", lambda records, rng: _zipped(records, rng)[: -rng.randrange(1, 60)], suffix=".zip"),
    Mutator("web page", lambda records, rng: b"<html><body>Log in</body></html>"),
    Mutator("nothing left", lambda records, rng: b""),
    Mutator("row lost", _with_lines(_dropped), needs_manifest=True),
    Mutator("truncated between rows", _row_boundary, needs_manifest=True),
    Mutator("one valid value for another", _value_edited, needs_manifest=True),
)
