"""The ledger: every decision of every night, one JSON line each, only added to and chained.

Each line carries `prev_sha`, the SHA-256 of the line before, and `ledger.head` beside the ledger says where it ends.
Rows are written here and nowhere else; whether the whole chain and the certificates agree is chain.py's question.
Readers of the ledger ask it what was decided; where `current` points is the file system's answer (releases.py).
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pipelines.durable import fsync
from pipelines.errors import LedgerBroken
from pipelines.release.files import canonical_json, read_json, write_json
from pipelines.settings import Settings

logger = logging.getLogger("podium.release")

Kind = Literal[
    "published",
    "held",
    "refused",
    "recovered",
    "rolled_back",
    "interrupted",
    "nothing_new",
    "override",
    "ack",
    "mended",
]
Row = dict[str, Any]
# Rows of these kinds say where the pointer stood after them.
POINTER_KINDS = frozenset({"published", "recovered", "rolled_back"})
# Rows of these kinds put a release in its place.
PLACED_KINDS = frozenset({"published", "recovered"})
# What the first row follows.
GENESIS = "0" * 64

# Rows of these kinds say how a night ended that came to an end.
DECISIONS = frozenset({"published", "held", "refused", "nothing_new"})


@dataclass(frozen=True)
class Head:
    """Where the ledger ends: the number of its rows and the hash of the last line."""

    rows: int
    sha256: str


def append(settings: Settings, kind: Kind, **fields: Any) -> Row:
    """Add one decision and flush it; returns the row as written, with its UTC time `at`. Call it under `night_lock`.

    Usual fields: release_id, inputs_sha256, content_sha256, reasons (list of text), and for a decision about the
    pointer `current` and `previous` (release ids after and before it, or None). Raises LedgerBroken where the ledger
    does not end where it should.
    """
    mend(settings)
    return _add(settings, kind, fields)


def _add(settings: Settings, kind: Kind, fields: Row) -> Row:
    before = end_of(lines(settings))
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    row: Row = {"at": at, "kind": kind, **fields, "prev_sha": before.sha256}
    line = canonical_json(row).encode()
    _write(settings, line + b"\n")
    _keep_head(settings, Head(before.rows + 1, sha256_of_line(line)))
    return row


def mend(settings: Settings) -> None:
    """Finish what a power cut left of the last row, and write down that it was so. Call it under `night_lock`.

    The head is moved only after a row is flushed, so an unfinished line after it was never anybody's decision. Any
    other end of the ledger is no tear and raises LedgerBroken.
    """
    kept, known = lines(settings), head(settings)
    demand_end(kept, known)
    end, torn = end_of(kept), _unfinished(settings)
    if end.rows and known != end:
        _keep_head(settings, end)
    if torn and _is_row_after(torn, end):
        _write(settings, b"\n")
        _keep_head(settings, Head(end.rows + 1, sha256_of_line(torn)))
        _add(settings, "mended", {"reasons": [f"row {end.rows + 1} was torn behind its last sign, and is whole"]})
    elif torn:
        _cut(settings, len(torn))
        reason = f"row {end.rows + 1} was torn by a stop and never counted; what there was of it is kept here"
        _add(settings, "mended", {"reasons": [reason], "torn_text": torn.decode("utf-8", errors="replace")})
    elif known is None and end.rows > 1:
        reason = f"{settings.ledger_head.name} was lost; the {end.rows} rows before this one were taken as they stood"
        _add(settings, "mended", {"reasons": [reason]})


def lines(settings: Settings) -> list[bytes]:
    """The finished lines, oldest first, without their ends."""
    return _content(settings).split(b"\n")[:-1]


def read(settings: Settings) -> list[Row]:
    """All rows, oldest first. A line that is no row is skipped with a warning that names its number."""
    rows: list[Row] = []
    for number, line in enumerate(lines(settings), start=1):
        row = parsed(line)
        if row is not None:
            rows.append(row)
        else:
            logger.warning("%s:%d is not a whole row and is not read", settings.ledger.name, number)
    return rows


def parsed(line: bytes) -> Row | None:
    """The row of a line, None where it is none."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def head(settings: Settings) -> Head | None:
    """Where the ledger ended when a row was last added; None where nothing readable says so."""
    try:
        return Head(**read_json(settings.ledger_head))
    except (OSError, ValueError, TypeError):
        return None


def end_of(kept: list[bytes]) -> Head:
    return Head(len(kept), sha256_of_line(kept[-1]) if kept else GENESIS)


def demand_end(kept: list[bytes], known: Head | None) -> None:
    """Raise LedgerBroken unless the lines end at `known` or one row later: a kill can come before the head moves."""
    if known is None:
        return
    if len(kept) < known.rows:
        raise broken(len(kept) + 1, f"the ledger ends after row {len(kept)} and had {known.rows}")
    if end_of(kept[: known.rows]) != known:
        raise broken(known.rows, "this row is not the one that was written last")
    if len(kept) > known.rows + 1:
        raise broken(known.rows + 1, f"{len(kept) - known.rows} rows were added by something other than Podium")


def broken(number: int, what: str) -> LedgerBroken:
    """The alarm about row `number` of the chain."""
    return LedgerBroken(
        "E-AUDIT-CHAIN",
        f"at {number}",
        what,
        do="nothing is published until ledger.jsonl is restored from its back-up, see docs/operating.md",
    )


def sha256_of_line(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def withdrawn(rows: list[Row]) -> dict[str, str]:
    """What people rolled back and nobody published again since: inputs_sha256 → release id."""
    standing: dict[str, str] = {}
    for row in rows:
        if row["kind"] == "rolled_back" and row.get("withdrawn_inputs_sha256"):
            standing[row["withdrawn_inputs_sha256"]] = row["previous"]
        if row["kind"] in POINTER_KINDS and row["current"] == row["release_id"]:
            standing.pop(row.get("inputs_sha256", ""), None)
    return standing


def _content(settings: Settings) -> bytes:
    return settings.ledger.read_bytes() if settings.ledger.exists() else b""


def _unfinished(settings: Settings) -> bytes:
    return _content(settings).rpartition(b"\n")[2]


def _is_row_after(line: bytes, end: Head) -> bool:
    row = parsed(line)
    return row is not None and row.get("prev_sha") == end.sha256


def _write(settings: Settings, text: bytes) -> None:
    path = settings.ledger
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        fsync(path.parent)


def _cut(settings: Settings, size: int) -> None:
    with settings.ledger.open("r+b") as file:
        file.truncate(settings.ledger.stat().st_size - size)
        os.fsync(file.fileno())


def _keep_head(settings: Settings, end: Head) -> None:
    write_json(settings.ledger_head, asdict(end))
