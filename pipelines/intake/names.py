"""What the name of a delivered file says: its format, and the entity it is named after.

A file inside a zip archive is named `<archive>!<member>`. What its bytes say is for plain.py, zipped.py and header.py.
"""

from __future__ import annotations

import re
from pathlib import PurePath

from pipelines.contract import ENTITIES
from pipelines.errors import FileRefused

# A name in the inbox is shown without it (scan.py), so that no delivered file can pose as a member.
WITHIN = "!"
# An allow-list: to DuckDB and pickle, data files are trusted programs.
FORMATS = (".csv", ".csv.gz", ".zip", ".parquet")
_SUFFIXES = {PurePath(f"x{format}").suffix for format in FORMATS}
_FILE = re.compile(rf"(?P<entity>{'|'.join(ENTITIES)})(?:_\d+)?\.(?P<format>csv|csv\.gz|parquet)")


def entity_of(file_name: str) -> str:
    """The entity a file is named after, '' for none: `leads.csv`, `leads_2.csv.gz`, `export.zip!leads.parquet`."""
    match = _FILE.fullmatch(file_name.rpartition(WITHIN)[2])
    return match["entity"] if match else ""


def is_archive(file_name: str) -> bool:
    return file_name.endswith(".zip")


def within(archive_name: str, member: str) -> str:
    """The file name of a member of an archive."""
    return f"{archive_name}{WITHIN}{member}"


def check_name(file_name: str, where: str) -> None:
    """Raise FileRefused for a format that is not read, and for a name that names no entity."""
    suffix = PurePath(file_name).suffix
    if suffix and suffix not in _SUFFIXES:
        raise FileRefused("E-FORMAT", where, "a format that is not read", expected=f"one of {', '.join(FORMATS)}")
    if not (entity_of(file_name) or is_archive(file_name)):
        expected = "<entity>.csv, .csv.gz or .parquet, parts as <entity>_1.csv …, or a .zip of them"
        raise FileRefused("E-FILE-NAME", where, "names no entity", expected=expected, do="rename it")
