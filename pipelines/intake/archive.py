"""Delivered bytes by SHA-256, before anything else touches them. The inbox is only read, the archive only added to.

What the bytes mean is not known here.
"""

from __future__ import annotations

import hashlib
import os
import stat
import uuid
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO

from pipelines.crash import crash_point
from pipelines.durable import move_into_place
from pipelines.errors import InfrastructureError

_CHUNK = 1 << 20
_DRAFT = ".tmp-"


class NotRegularError(OSError):
    """A link, pipe, socket or directory where a file should be."""


class StillChangingError(OSError):
    """The file changed while it was copied."""


@dataclass(frozen=True)
class Stamp:
    """How a file looked when it was last read: a file with the same stamp need not be read again."""

    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def path_in(archive: Path, sha256: str) -> Path:
    return archive / sha256[:2] / sha256


def open_regular(path: Path) -> BufferedReader:
    """Open `path` for reading; never follows a link, never waits for a pipe.

    Raises NotRegularError, or OSError when it cannot be opened.
    """
    if not stat.S_ISREG(path.lstat().st_mode):
        raise NotRegularError(path)
    file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    raise NotRegularError(path)


def store(archive: Path, source: Path) -> tuple[str, Stamp]:
    """Copy the bytes of `source` to the archive, once; returns their SHA-256 and the stamp of `source`.

    Raises StillChangingError when `source` changed meanwhile, NotRegularError, OSError.
    """
    archive.mkdir(parents=True, exist_ok=True)
    draft = draft_path(archive, uuid.uuid4().hex)
    try:
        with open_regular(source) as file:
            before = Stamp.of(os.fstat(file.fileno()))
            sha256 = _copy(file, draft)
            if Stamp.of(os.fstat(file.fileno())) != before:
                raise StillChangingError(source)
        crash_point("S1", 1)
        final = path_in(archive, sha256)
        # Where the archived copy went bad, this one is the second copy that it is restored from.
        if not final.exists() or _sha256_of(final) != sha256:
            draft.chmod(0o440)
            move_into_place(draft, final)
        crash_point("S1", 2)
        return sha256, before
    finally:
        draft.unlink(missing_ok=True)


def stored(archive: Path) -> set[str]:
    """The names of all archived files: the SHA-256 of what each should hold."""
    return {path.name for path in archive.glob("??/*")}


def demand_sound(archive: Path, sha256: str, delivered_as: str) -> None:
    """Raise InfrastructureError unless the archived file is there and holds the bytes that were delivered."""
    path = path_in(archive, sha256)
    found = _sha256_of(path) if path.is_file() else ""
    if found != sha256:
        what = f"no longer the bytes delivered as {delivered_as}" if found else f"gone, delivered as {delivered_as}"
        do = "restore it from the archive's backup or deliver the file again"
        raise InfrastructureError("E-ARCHIVE-DAMAGED", str(path), what, do=do)


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def draft_path(archive: Path, name: str) -> Path:
    """Where a file of the archive is written before it gets its name."""
    return archive / f"{_DRAFT}{name}"


def _copy(file: IO[bytes], draft: Path) -> str:
    digest = hashlib.sha256()
    with draft.open("xb") as copy:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            copy.write(chunk)
    return digest.hexdigest()


def drop_drafts(archive: Path) -> None:
    """Remove what a killed run left half copied."""
    for draft in archive.glob(f"{_DRAFT}*"):
        draft.unlink(missing_ok=True)
