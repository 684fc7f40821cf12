"""Files that are there whole after a power cut, or not at all.

Knows paths and bytes; what is written, and in which order, is the callers' business.
"""

from __future__ import annotations

import os
from pathlib import Path


def fsync(path: Path) -> None:
    """Flush a file, or the entries of a directory, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_directory(path: Path) -> None:
    """Make `path` and its missing parents, each one flushed into its parent."""
    if path.is_dir():
        return
    make_directory(path.parent)
    path.mkdir(exist_ok=True)
    fsync(path.parent)


def move_into_place(draft: Path, final: Path) -> None:
    """Give the finished `draft` its final name; an older file of that name is replaced."""
    make_directory(final.parent)
    fsync(draft)
    draft.replace(final)
    fsync(final.parent)
