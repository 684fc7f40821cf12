"""Rows as text columns for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def as_table(header: Sequence[str], rows: Iterable[Sequence[Any]], indent: str = "") -> str:
    """Left-aligned text, right-aligned numbers; None is blank; a value never breaks its line."""
    cells = [[_text(value) for value in row] for row in rows]
    numeric = [bool(cells) and all(_is_number(row[i]) for row in cells) for i in range(len(header))]
    widths = [max(len(name), *(len(row[i]) for row in cells), 0) for i, name in enumerate(header)]

    def line(row: Sequence[str]) -> str:
        aligned = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        )
        return (indent + "  ".join(aligned)).rstrip()

    return "\n".join(line(row) for row in [list(header), *cells])


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return "".join(char if char.isprintable() else "?" for char in text)


def _is_number(text: str) -> bool:
    return text == "" or text.lstrip("-").replace(",", "").replace(".", "", 1).rstrip("%").strip().isdigit()
