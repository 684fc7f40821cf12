"""A zip archive as a folder of delivered files: which there are, and one of them unpacked.

Whatever an archive may carry beside plain entity files at its top refuses the whole of it, and every limit holds while
it is read: nothing is unpacked under a name of the sender's, and nothing is unpacked before all of it was checked.
What the files hold is for land.py.
"""

from __future__ import annotations

import copy
import errno
import hashlib
import re
import stat
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from pipelines.errors import FileRefused
from pipelines.intake.names import entity_of
from pipelines.intake.plain import check_unpacked

MAX_MEMBERS = 100
MAX_UNPACKED = 2 << 30
_CHUNK = 1 << 20
_ENTRY = b"PK\x01\x02"
_LOCAL_HEADER_BYTES = 30
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What zipfile and zlib raise for damaged archives, beside the OSError of a seek to nowhere.
_BROKEN = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OverflowError,
    ValueError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True)
class Member:
    """One file of an archive."""

    name: str
    sha256: str


def members(path: Path, where: str) -> list[Member]:
    """The files of an archive in its order, each read through once. Raises FileRefused."""
    _count_entries(path, where)
    packed, unpacked, found = path.stat().st_size, 0, []
    with _opened(path, where) as archive:
        _check_entries(archive, where)
        for entry in archive.infolist():
            digest = hashlib.sha256()
            for chunk in _chunks(archive, entry, where):
                unpacked += len(chunk)
                check_unpacked(unpacked, packed, MAX_UNPACKED, where)
                digest.update(chunk)
            found.append(Member(entry.filename, digest.hexdigest()))
    return found


def unpack(path: Path, name: str, target: Path, where: str) -> None:
    """Write one member of an archive that `members` accepted to `target`. Raises FileRefused for a damaged one."""
    with _opened(path, where) as archive, target.open("wb") as copied:
        for chunk in _chunks(archive, archive.getinfo(name), where):
            copied.write(chunk)


@contextmanager
def _opened(path: Path, where: str) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except _BROKEN as error:
        raise _broken(where) from error
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise _broken(where) from error


def _broken(where: str) -> FileRefused:
    return FileRefused("E-ZIP", where, "broken or not a zip archive", do="deliver it again")


def _chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, where: str) -> Iterator[bytes]:
    """A member's bytes until its stream ends; zipfile itself would stop where the directory says, and call it whole."""
    endless, size, checksum = copy.copy(entry), 0, 0
    endless.file_size = sys.maxsize
    del endless.CRC  # zipfile would check it before the size can be seen to be a lie
    with archive.open(endless) as file:
        while chunk := file.read(_CHUNK):
            size, checksum = size + len(chunk), zlib.crc32(chunk, checksum)
            if size > entry.file_size:
                _bomb(where, "holds more than its directory says")
            yield chunk
    if (size, checksum) != (entry.file_size, entry.CRC):
        raise _broken(where)


def _count_entries(path: Path, where: str) -> None:
    """Refuse too many members before the directory is read into memory: each begins with the same four bytes."""
    count, tail = 0, b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            count += (tail + chunk).count(_ENTRY)
            tail = chunk[-len(_ENTRY) + 1 :]
            if count > MAX_MEMBERS:
                _bomb(where, f"more than {MAX_MEMBERS} members")


def _check_entries(archive: zipfile.ZipFile, where: str) -> None:
    entries = archive.infolist()
    for entry in entries:
        _check_entry(entry, where)
    if not entries:
        _refuse(where, "an archive", "holds no file")
    if len({entry.filename for entry in entries}) < len(entries):
        _refuse(where, "a member", "stands more than once")
    _check_overlap(entries, archive.start_dir, where)


def _check_entry(entry: zipfile.ZipInfo, where: str) -> None:
    name, shown = entry.orig_filename, re.sub(r"[^A-Za-z0-9._-]", "_", entry.orig_filename)[:80]
    if re.search(r"[/\\:\x00]", name) or name.startswith(".."):
        raise FileRefused(
            "E-ARCHIVE-PATH", where, f"member {shown} has a path", expected="files at the top of the archive"
        )
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        _refuse(where, f"member {shown}", "is a link, device or folder")
    if entry.flag_bits & 0x1:
        _refuse(where, f"member {shown}", "is encrypted")
    if entry.compress_type not in _METHODS:
        _refuse(where, f"member {shown}", "is packed in a way that is not read")
    if not entity_of(name) or name.endswith(".gz"):
        _refuse(where, f"member {shown}", "is no entity's file")


def _check_overlap(entries: list[zipfile.ZipInfo], directory: int, where: str) -> None:
    """Refuse members that share bytes: a small archive of them unpacks to any size."""
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    nexts = [*(entry.header_offset for entry in ordered[1:]), directory]
    for entry, following in zip(ordered, nexts, strict=True):
        if entry.header_offset + _LOCAL_HEADER_BYTES + entry.compress_size > following:
            _bomb(where, "members overlap")


def _refuse(where: str, member: str, what: str) -> NoReturn:
    expected = "<entity>.csv or .parquet, each once"
    raise FileRefused("E-ARCHIVE-MEMBER", where, f"{member} {what}", expected=expected, do="pack it again")


def _bomb(where: str, what: str) -> NoReturn:
    raise FileRefused("E-ARCHIVE-BOMB", where, what, do="pack it again")
