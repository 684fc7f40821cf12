"""Names and texts inside SQL that takes no bound values: COPY, ATTACH, COMMENT and identifiers."""

from __future__ import annotations


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
