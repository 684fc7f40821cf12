"""What a database may take up that runs SQL nobody has reason to trust: endless queries end, and fill no disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

import duckdb

SECONDS_AT_MOST = 60
SPILL_AT_MOST = "1GB"
LIMITS = {"threads": 1, "memory_limit": "1GB", "max_temp_directory_size": SPILL_AT_MOST}


@contextmanager
def in_time(db: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """duckdb.InterruptException for what does not end; a night like that is stopped by its own limit."""
    timer = Timer(SECONDS_AT_MOST, db.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
