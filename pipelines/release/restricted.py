"""The part of a release that readers do not open: pay, and words about people. Where it lies and who may open it.

Which tables it holds is said by dbt's exposure `restricted`, see dictionary.py; seal.py writes them.
"""

from __future__ import annotations

import os
from pathlib import Path

from pipelines.ground import restricted_gid
from pipelines.release.files import OWN_FILE, READER_DIRECTORY, READER_FILE
from pipelines.settings import Settings

DIRECTORY = "restricted"
DATABASE = f"{DIRECTORY}/restricted.duckdb"


def give(directory: Path, settings: Settings) -> None:
    """Open what lies in restricted/ of the release in `directory` to its group, the files before the directory.

    Where that group reads the release too, the files stay the operator's alone. Raises UsageError for a group that
    files cannot be given to.
    """
    place = directory / DIRECTORY
    if not place.is_dir():
        return
    gid = restricted_gid(settings)
    readers = {settings.home.stat().st_gid, directory.stat().st_gid}
    file_mode = OWN_FILE if gid in readers else READER_FILE
    for path in (*place.rglob("*"), place):
        os.chown(path, -1, gid)
        path.chmod(READER_DIRECTORY if path.is_dir() else file_mode)


def is_restricted(path: Path, directory: Path) -> bool:
    """Whether a file of the release in `directory` is in its restricted part."""
    return path.relative_to(directory).parts[0] == DIRECTORY
