"""What a want of disk or memory is called, and when a night is refused for it."""

from __future__ import annotations

import errno
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import InfrastructureError, UsageError
from pipelines.room import demand_room, shortage


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "x"), "E-DISK"),
        (OSError(errno.EDQUOT, "Disk quota exceeded", "x"), "E-DISK"),
        (OSError(errno.EFBIG, "File too large", "x"), "E-DISK"),
        (duckdb.IOException('Could not write file "x": No space left on device'), "E-DISK"),
        (MemoryError(), "E-MEMORY"),
        (duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate"), "E-MEMORY"),
    ],
)
def test_a_want_of_room_is_told_whoever_met_it(tmp_path: Path, error: Exception, code: str) -> None:
    told = shortage(error, tmp_path)
    assert told is not None
    assert told.code == code
    assert str(tmp_path) in str(told)


@pytest.mark.parametrize(
    "error",
    [OSError(errno.EACCES, "Permission denied"), ValueError("x"), UsageError("E-X", "x", "No space left on device")],
)
def test_other_errors_stay_what_they_are(tmp_path: Path, error: Exception) -> None:
    assert shortage(error, tmp_path) is None


def test_room_is_asked_for_three_times_the_inputs(tmp_path: Path) -> None:
    demand_room(tmp_path, 0)
    demand_room(tmp_path, 1000)
    with pytest.raises(InfrastructureError, match=r"E-DISK .* expected 3000000000\.0 GB free, found \d+\.\d GB, free"):
        demand_room(tmp_path, 10**18)
