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
# Real exports pack 5 to 50 times; a file this far above is made to fill the disk.
MAX_RATIO = 200
_RATIO_FROM = 64 << 20


@dataclass(frozen=True)
class Text:
    """UTF-8 text without NUL at `path`, a byte order mark at most before it."""

    path: Path
    newlines: int
    ends_with_newline: bool


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
    newlines, last = 0, b""
    for chunk in chunks:
        if b"\0" in chunk:
            line = newlines + chunk[: chunk.index(b"\0")].count(b"\n") + 1
            raise FileRefused("E-CSV-NUL", where, f"NUL byte in line {line}", do="export it again as text")
        newlines += chunk.count(b"\n")
        last = chunk[-1:] or last
    if not last:
        raise FileRefused("E-FILE-EMPTY", where, "0 bytes", expected="at least a header", do="export it again")
    return Text(path, newlines, last in b"\r\n")


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
                if unpacked > MAX_UNPACKED or unpacked > max(_RATIO_FROM, MAX_RATIO * packed):
                    limit = f"{MAX_UNPACKED >> 30} GB and {MAX_RATIO} times its size"
                    raise FileRefused("E-ARCHIVE-BOMB", where, "unpacks to too much", expected=f"at most {limit}")
                yield chunk
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileRefused("E-GZIP", where, "broken or not a gzip file", do="deliver it again") from error


def _transcoded(chunks: Iterator[bytes], encoding: str, where: str) -> Iterator[bytes]:
    decoder, read = codecs.getincrementaldecoder(encoding)("strict"), 0
    try:
        for chunk in chunks:
            yield decoder.decode(chunk).encode("utf-8")
            read += len(chunk)
        yield decoder.decode(b"", final=True).encode("utf-8")
    except UnicodeError as error:
        raise _undecodable(where, encoding, read) from error


def check_utf8(text: Text, where: str) -> None:
    """Raise FileRefused when `text` is not UTF-8; only asked after a parser complained."""
    decoder, read = codecs.getincrementaldecoder("utf-8")("strict"), 0
    try:
        for chunk in _chunks(text.path):
            decoder.decode(chunk)
            read += len(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _undecodable(where, "utf-8", read + error.start) from error


def _undecodable(where: str, encoding: str, offset: int) -> FileRefused:
    return FileRefused(
        "E-ENCODING", where, f"not {encoding} near byte {offset}", do="declare sources.<name>.dialect.encoding"
    )
