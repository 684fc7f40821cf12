"""The ledger: every decision of every night, one JSON line each, only added to.

Readers of the ledger ask it what was decided; where `current` points is the file system's answer (releases.py).
"""

from __future__ import annotations

import errno
import json
import logging
import os
from datetime import UTC, datetime
from typing import Any, Literal

from pipelines.durable import fsync
from pipelines.release.files import canonical_json
from pipelines.settings import Settings

logger = logging.getLogger("podium.release")

Kind = Literal["published", "held", "refused", "recovered", "rolled_back", "interrupted", "nothing_new"]
Row = dict[str, Any]
# Rows of these kinds say where the pointer stood after them.
POINTER_KINDS = frozenset({"published", "recovered", "rolled_back"})

# Rows of these kinds say how a night ended that came to an end.
DECISIONS = frozenset({"published", "held", "refused", "nothing_new"})

# A hash chain will put `prev_sha` here, over the line before; keys are written sorted, so that a line has one spelling.


def append(settings: Settings, kind: Kind, **fields: Any) -> Row:
    """Add one decision and flush it; returns the row as written, with its UTC time `at`.

    Usual fields: release_id, inputs_sha256, content_sha256, reasons (list of text), and for a decision about the
    pointer `current` and `previous` (release ids after and before it, or None).
    """
    row: Row = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "kind": kind, **fields}
    path = settings.ledger
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        # A power cut can tear the last line: the next row must not be glued to it.
        line = ("\n" if _is_torn(handle) else "") + canonical_json(row) + "\n"
        _write_whole(handle, line.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    if is_new:
        fsync(path.parent)
    return row


def read(settings: Settings) -> list[Row]:
    """All rows, oldest first. A torn line is skipped with a warning that names its number."""
    if not settings.ledger.exists():
        return []
    rows: list[Row] = []
    for number, line in enumerate(settings.ledger.read_text("utf-8", errors="replace").splitlines(), start=1):
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if isinstance(row, dict):
            rows.append(row)
        elif line:
            logger.warning("%s:%d is not a whole row and is not read", settings.ledger.name, number)
    return rows


def withdrawn(rows: list[Row]) -> dict[str, str]:
    """What people rolled back and nobody published again since: inputs_sha256 → release id."""
    standing: dict[str, str] = {}
    for row in rows:
        if row["kind"] == "rolled_back" and row.get("withdrawn_inputs_sha256"):
            standing[row["withdrawn_inputs_sha256"]] = row["previous"]
        if row["kind"] in POINTER_KINDS and row["current"] == row["release_id"]:
            standing.pop(row.get("inputs_sha256", ""), None)
    return standing


def _write_whole(handle: int, line: bytes) -> None:
    """Write all of `line` or nothing of it; a disk that fills up takes the first part and says nothing."""
    before = os.fstat(handle).st_size
    if os.write(handle, line) < len(line):
        os.ftruncate(handle, before)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _is_torn(handle: int) -> bool:
    size = os.fstat(handle).st_size
    return size > 0 and os.pread(handle, 1, size - 1) != b"\n"
