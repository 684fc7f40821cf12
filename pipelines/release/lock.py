"""The one lock of a home: who holds it may change archive, raw, work, held and published.

Readers take no lock. The lock is the operating system's, so that it falls with its holder, however that one dies.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.errors import Busy
from pipelines.settings import Settings


@contextmanager
def night_lock(settings: Settings) -> Iterator[None]:
    """Hold the home's lock for the time of the block. Raises Busy, which names the process that holds it."""
    path = settings.lock
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(handle, path)
        yield
    finally:
        os.close(handle)


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
