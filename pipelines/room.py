"""Whether the disk has room for a night, and how a full one is told from other errors.

Knows paths and bytes; what a night leaves behind when it stops for it is release/recovery's matter.
"""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from pipelines.errors import InfrastructureError, PodiumError

# Archive, typed rows and build each hold the rows once; exports and spilling take what is left of the third part.
TIMES_INPUTS = 3
CODE = "E-DISK"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# How DuckDB and dbt pass on what the operating system told them.
_FULL_IN_WORDS = ("No space left on device", "Disk quota exceeded", "Could not write all bytes")


def demand_room(home: Path, inputs: int) -> None:
    """Raise InfrastructureError unless the disk of `home` has room for a night over `inputs` bytes."""
    need, free = TIMES_INPUTS * inputs, shutil.disk_usage(home).free
    if free < need:
        what, do = "not enough room for this night", "free some space and run again"
        raise InfrastructureError(CODE, str(home), what, expected=_shown(need), found=_shown(free), do=do)


def is_disk_full(error: BaseException) -> bool:
    """Whether the operating system said so, to Podium or to a tool that passes it on in its own words."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return not isinstance(error, PodiumError) and any(words in str(error) for words in _FULL_IN_WORDS)


def disk_full(home: Path) -> InfrastructureError:
    return InfrastructureError(CODE, str(home), "disk full", do="free some space and run again")


def _shown(size: int) -> str:
    """Bytes as a person reads them: `1.2 GB`, small ones in MB."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
