"""Names and texts inside SQL that takes no bound values: views, COPY, ATTACH, COMMENT and identifiers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def file_list(files: Iterable[Path]) -> str:
    """Files as a list for read_parquet in a view; one that is named twice stands once."""
    return "[" + ", ".join(literal(str(file)) for file in dict.fromkeys(files)) + "]"


def column_list(columns: Iterable[tuple[str, str]]) -> str:
    """Names and types as CREATE TABLE wants them."""
    return ", ".join(f"{name} {kind}" for name, kind in columns)
