"""Archived CSV bytes as UTF-8 text on disk: unpacked and transcoded by the source's dialect, never guessed.

A file that already is UTF-8 is read where it lies. What the text holds is for header.py and parse.py.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipelines.errors import FileRefused
from pipelines.settings import Dialect

_CHUNK = 1 << 20
MAX_UNPACKED = 20 << 30
# Longer than any record may be (parse.py): a file without line ends is refused before it is read to its end.
MAX_LINE_BYTES = 8 << 20
# Real exports pack 5 to 50 times; a file this far above is made to fill the disk.
MAX_RATIO = 200
_RATIO_FROM = 64 << 20
BOM = b"\xef\xbb\xbf"
_MAGIC = {
    b"<": "HTML or XML",
    b"{": "JSON",
    b"[": "JSON",
    b"PK\x03\x04": "a zip or Excel file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"%PDF": "a PDF",
    b"PAR1": "Parquet",
    b"SQLite format": "a database",
    b"\x1f\x8b": "gzip",
    b"\x80\x04\x95": "a pickle",
}
# U+FFFD, and UTF-8 that was read as Latin or Cyrillic text and written as UTF-8 again: `Ã¼`, `Â°`, `Ð°`.
_MOJIBAKE = (b"\xef\xbf\xbd", b"\xc3\x83\xc2", b"\xc3\x82\xc2", b"\xc3\x90\xc2", b"\xc3\x91\xc2")


@dataclass(frozen=True)
class Text:
    """UTF-8 text without NUL at `path`, a byte order mark at most before it.

    `garbled` counts characters that some program before lost or read in the wrong encoding.
    """

    path: Path
    newlines: int
    ends_with_newline: bool
    has_bom: bool = False
    garbled: int = 0


def plain_text(archived: Path, is_gzip: bool, dialect: Dialect, work: Path, where: str) -> Text:
    """The text of an archived CSV file, written to `work` where it has to be unpacked or transcoded.

    Raises FileRefused for empty or broken files, wrong encodings and NUL bytes.
    """
    chunks = _unpacked(archived, where) if is_gzip else _chunks(archived)
    if dialect.encoding != "utf-8":
        chunks = _transcoded(chunks, dialect.encoding, where)
    if not is_gzip and dialect.encoding == "utf-8":
        return _inspected(archived, chunks, where)
    path = work / "plain.csv"
    with path.open("wb") as copy:
        return _inspected(path, _tee(chunks, copy), where)


def _inspected(path: Path, chunks: Iterator[bytes], where: str) -> Text:
    newlines, last, line_bytes, garbled, has_bom = 0, b"", 0, 0, False
    for chunk in chunks:
        if not last:
            has_bom = chunk.startswith(BOM)
            _check_magic(chunk.removeprefix(BOM), where)
        if b"\0" in chunk:
            line = newlines + chunk[: chunk.index(b"\0")].count(b"\n") + 1
            raise FileRefused("E-CSV-NUL", where, f"NUL byte in line {line}", do="export it again as text")
        newlines += chunk.count(b"\n")
        line_bytes = _unended(chunk, line_bytes, where)
        garbled += sum(chunk.count(mark) for mark in _MOJIBAKE)
        last = chunk[-1:] or last
    if not last:
        raise FileRefused("E-FILE-EMPTY", where, "0 bytes", expected="at least a header", do="export it again")
    return Text(path, newlines, last in b"\r\n", has_bom, garbled)


def _check_magic(start: bytes, where: str) -> None:
    """Raise FileRefused when a file begins like something else than CSV."""
    found = next((what for mark, what in _MAGIC.items() if start.lstrip().startswith(mark)), "")
    # DuckDB's mark comes after a checksum.
    found = "a DuckDB file" if start[8:12] == b"DUCK" else found
    if found:
        raise FileRefused("E-NOT-CSV", where, f"starts like {found}", expected="CSV with a header")


def _unended(chunk: bytes, before: int, where: str) -> int:
    """Bytes of the line that `chunk` leaves unended, `before` of them before it. Raises FileRefused when too long."""
    starts = [at for at in (chunk.find(b"\n"), chunk.find(b"\r")) if at >= 0]
    reached = before + (min(starts) if starts else len(chunk))
    if reached > MAX_LINE_BYTES:
        what = f"a line of over {MAX_LINE_BYTES >> 20} MB"
        raise FileRefused("E-CSV-LINE", where, what, expected="one record a line", do="export it again")
    return len(chunk) - max(chunk.rfind(b"\n"), chunk.rfind(b"\r")) - 1 if starts else reached


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _tee(chunks: Iterator[bytes], copy: IO[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        copy.write(chunk)
        yield chunk


def _unpacked(path: Path, where: str) -> Iterator[bytes]:
    """Decompressed chunks; limits hold while reading, so that nothing fills the disk first."""
    packed, unpacked = path.stat().st_size, 0
    try:
        with gzip.open(path) as file:
            while chunk := file.read(_CHUNK):
                unpacked += len(chunk)
                check_unpacked(unpacked, packed, MAX_UNPACKED, where)
                yield chunk
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileRefused("E-GZIP", where, "broken or not a gzip file", do="deliver it again") from error


def check_unpacked(unpacked: int, packed: int, most: int, where: str) -> None:
    """Raise FileRefused when `packed` bytes have become more than they may: `most`, or `MAX_RATIO` times as many."""
    if unpacked > most or unpacked > max(_RATIO_FROM, MAX_RATIO * packed):
        limit = f"{most >> 30} GB and {MAX_RATIO} times its size"
        raise FileRefused("E-ARCHIVE-BOMB", where, "unpacks to too much", expected=f"at most {limit}")


def _transcoded(chunks: Iterator[bytes], encoding: str, where: str) -> Iterator[bytes]:
    decoder, read = codecs.getincrementaldecoder(encoding)("strict"), 0
    try:
        for chunk in chunks:
            yield decoder.decode(chunk).encode("utf-8")
            read += len(chunk)
        yield decoder.decode(b"", final=True).encode("utf-8")
    except UnicodeError as error:
        raise undecodable(where, encoding, read) from error


def check_utf8(text: Text, where: str) -> None:
    """Raise FileRefused when `text` is not UTF-8; only asked after a parser complained."""
    decoder, read = codecs.getincrementaldecoder("utf-8")("strict"), 0
    try:
        for chunk in _chunks(text.path):
            decoder.decode(chunk)
            read += len(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise undecodable(where, "utf-8", read + error.start) from error


def undecodable(where: str, encoding: str, offset: int) -> FileRefused:
    """The refusal of a file that is not in its declared encoding."""
    return FileRefused(
        "E-ENCODING", where, f"not {encoding} near byte {offset}", do="declare sources.<name>.dialect.encoding"
    )
