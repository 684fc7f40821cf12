"""Whether there is room for a night, and how a want of disk or memory is told, whichever tool met it.

Knows bytes and errors; what a night gives back when it stops for want of room is release/recovery's matter.
"""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import duckdb

from pipelines.errors import InfrastructureError, PodiumError

# Archive, typed rows and build each hold the rows once; exports and spilling take what is left of the third part.
TIMES_INPUTS = 3
DISK = "E-DISK"
# A limit on the size of files is a quota of the process.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# How DuckDB and dbt pass on what the operating system told them.
_FULL_IN_WORDS = ("No space left on device", "Disk quota exceeded", "File too large", "Could not write all bytes")


def demand_room(home: Path, inputs: int) -> None:
    """Raise InfrastructureError unless the disk of `home` has room for a night over `inputs` bytes."""
    need, free = TIMES_INPUTS * inputs, shutil.disk_usage(home).free
    if free < need:
        what, do = "not enough room for this night", "free some space and run again"
        raise InfrastructureError(DISK, str(home), what, expected=f"{_shown(need)} free", found=_shown(free), do=do)


def shortage(error: BaseException, home: Path) -> InfrastructureError | None:
    """The error to stop with when `error` says that disk or memory ran out; None when it says something else."""
    if isinstance(error, PodiumError):
        return None
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException):
        return InfrastructureError("E-MEMORY", str(home), "out of memory", do="lower memory_limit_mb or free some")
    if says_disk_full(str(error)) or (isinstance(error, OSError) and error.errno in _FULL):
        return disk_full(home)
    return None


def says_disk_full(words: str) -> bool:
    return any(said in words for said in _FULL_IN_WORDS)


def disk_full(home: Path) -> InfrastructureError:
    return InfrastructureError(DISK, str(home), "disk full", do="free some space and run again")


def _shown(size: int) -> str:
    """Bytes as a person reads them: `1.2 GB`, small ones in MB."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
