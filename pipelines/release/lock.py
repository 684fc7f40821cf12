"""The one lock of a home: who holds it may change archive, raw, work, held and published.

Readers take no lock. The lock is the operating system's, so that it falls with its holder, however that one dies.
What is written under it is the operator's alone, but for what publishing opens to the group of readers.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipelines.errors import Busy
from pipelines.ground import demand_ground
from pipelines.release.files import PRIVATE_DIRECTORY, READER_DIRECTORY, make_directory
from pipelines.settings import Settings


@contextmanager
def night_lock(settings: Settings) -> Iterator[None]:
    """Hold the home's lock for the time of the block.

    Raises Busy, which names the process that holds it, and UsageError for a home that cannot be written.
    """
    path = settings.lock
    demand_ground(settings)
    make_directory(settings.home, READER_DIRECTORY)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(handle, path)
        with _for_the_operator_alone(settings):
            yield
    finally:
        os.close(handle)


@contextmanager
def _for_the_operator_alone(settings: Settings) -> Iterator[None]:
    """Nobody else reads or writes what is made in the block, nor what lies behind the directories of earlier nights."""
    for directory in settings.private:
        # Another owner's directory is that owner's to open or close.
        with suppress(FileNotFoundError, PermissionError):
            directory.chmod(PRIVATE_DIRECTORY)
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _lock(handle: int, path: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        what = f"another run (process {_pid(handle)}) is at work here"
        raise Busy("E-BUSY", str(path.parent), what, do="wait for it to end") from error
    os.ftruncate(handle, 0)
    os.pwrite(handle, str(os.getpid()).encode(), 0)


def _pid(handle: int) -> str:
    """The pid in the lock file; its holder may not have written it yet."""
    return os.pread(handle, 20, 0).decode("ascii", errors="replace") or "unknown"
