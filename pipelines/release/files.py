"""Files that survive a power cut, and hashes over them.

Knows paths and bytes only; what is in a release is seal.py's, when it moves is publish.py's.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines.durable import fsync, move_into_place

PRIVATE_DIRECTORY = 0o700
READER_DIRECTORY = 0o750
READER_FILE = 0o440
OWN_FILE = 0o400
REMOVING = ".removing-"


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fsync_tree(root: Path) -> None:
    """Flush every file below `root`, then every directory from the leaves up."""
    for directory, _, names in os.walk(root, topdown=False):
        for name in names:
            fsync(Path(directory, name))
        fsync(Path(directory))


def canonical_json(value: Any) -> str:
    """One spelling per value: sorted keys, no blanks, dates and decimals as text. NaN is refused (ValueError)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain)


def write_json(path: Path, value: Any) -> None:
    """Write `value` whole or not at all, and flush it."""
    draft = path.with_name(path.name + ".tmp")
    text = json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False, default=_plain)
    draft.write_text(text + "\n", "utf-8")
    move_into_place(draft, path)


def read_json(path: Path) -> dict[str, Any]:
    """The object in `path`. Raises OSError or ValueError."""
    value = json.loads(path.read_text("utf-8"))
    if not isinstance(value, dict):
        raise ValueError(f"{path.name} does not hold an object")
    return value


def make_directory(path: Path, mode: int) -> None:
    """Make `path` with exactly `mode`, whatever the umask; an existing one keeps its mode."""
    if not path.is_dir():
        path.mkdir(parents=True)
        path.chmod(mode)


def remove_tree(path: Path) -> None:
    """Remove a directory so that nobody ever finds half of it under its own name."""
    doomed = path if path.name.startswith(REMOVING) else path.with_name(REMOVING + path.name.lstrip("."))
    if doomed != path:
        shutil.rmtree(doomed, ignore_errors=True)
        path.rename(doomed)
    shutil.rmtree(doomed)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form here")
