"""Zip archives for tests: honest ones, and one for each attack that an archive can carry. What must become of them, the
tables say.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib

CENTRAL, END = b"PK\x01\x02", b"PK\x05\x06"


def packed(members: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of the given files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def of_kind(name: str, mode: int) -> bytes:
    """An archive whose member says it is a link or a device."""
    file, entry = io.BytesIO(), zipfile.ZipInfo(name)
    entry.external_attr = (mode | 0o600) << 16
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    return file.getvalue()


def link(name: str) -> bytes:
    return of_kind(name, stat.S_IFLNK)


def device(name: str) -> bytes:
    return of_kind(name, stat.S_IFCHR)


def encrypted(name: str, content: str) -> bytes:
    """An archive whose directory says that its member is encrypted."""
    data = bytearray(packed({name: content}))
    data[data.index(CENTRAL) + 8] |= 1
    data[6] |= 1
    return bytes(data)


def twice(name: str, first: str, second: str) -> bytes:
    """An archive with two members of one name."""
    other = "x" + name[1:]
    return packed({name: first, other: second}).replace(other.encode(), name.encode())


def damaged(name: str, content: str) -> bytes:
    """An archive with a wrong byte in its member."""
    data = bytearray(packed({name: content}, zipfile.ZIP_STORED))
    data[30 + len(name) + len(content) // 2] ^= 1
    return bytes(data)


def lying(name: str, content: str, said: int) -> bytes:
    """An archive whose directory says that its member ends after `said` bytes, checksum included."""
    data = bytearray(packed({name: content}))
    shown = content.encode()[:said]
    facts = struct.pack("<L", zlib.crc32(shown)), struct.pack("<L", said)
    central = data.index(CENTRAL)
    for crc_at, size_at in ((14, 22), (central + 16, central + 24)):
        data[crc_at : crc_at + 4], data[size_at : size_at + 4] = facts
    return bytes(data)


def overlapping(first: str, second: str, content: str) -> bytes:
    """An archive whose two members share their bytes."""
    data = bytearray(packed({first: content, second: content}))
    at = data.rindex(CENTRAL)
    data[at + 42 : at + 46] = struct.pack("<L", 0)
    return bytes(data)


def crowded(name: str, content: str, times: int) -> bytes:
    """An archive whose directory lists its one member many times."""
    data = packed({name: content})
    start, end = data.index(CENTRAL), data.index(END)
    directory = data[start:end] * times
    counts = struct.pack("<2H2L", 0xFFFF, 0xFFFF, len(directory), start)
    return data[:start] + directory + END + data[end + 4 : end + 8] + counts + b"\0\0"
