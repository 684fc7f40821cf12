"""`podium check FILE…`: what intake would say to files, without a home and without keeping anything."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from pipelines.errors import FileRefused
from pipelines.intake.receipts import Receipt
from pipelines.intake.take import check_files
from pipelines.settings import Settings


def check(settings: Settings, paths: Sequence[Path], source: str | None) -> tuple[list[str], int]:
    """One line for each file, and for each reason for which rows of it would be set aside; and the exit code."""
    # What is logged is said again in the lines.
    logging.getLogger("podium").addHandler(logging.NullHandler())
    with tempfile.TemporaryDirectory(prefix="podium-check-") as folder:
        empty = replace(settings, home=Path(folder))
        report = check_files(empty, paths, source)
        lines = [line for receipt in report.files for line in _told(empty, receipt)]
    lines += [*report.busy, *report.strays]
    return lines, FileRefused.exit_code if report.refused else 0


def _told(settings: Settings, receipt: Receipt) -> Iterator[str]:
    if receipt.verdict == "refused":
        yield receipt.message
        return
    if not receipt.entity:
        yield f"OK {receipt.where}: {', '.join(receipt.notes)}"
        return
    counts = {"loaded": receipt.rows_loaded, "set aside": receipt.rows_quarantined, "double": receipt.rows_duplicate}
    told = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    yield f"OK {receipt.where}: {receipt.rows_in:,} rows" + (f", {told}" if told else "")
    if receipt.rows_quarantined:
        yield from _reasons(receipt.quarantine_path(settings))
    if receipt.unknown_columns:
        yield f"  W-COLUMN-NEW {len(receipt.unknown_columns)} columns that the contract does not know"
    yield from (f"  {note}" for note in receipt.notes)


def _reasons(quarantine: Path) -> Iterator[str]:
    """Why rows are set aside, and how many: reason and column, never what a row says."""
    rows = duckdb.execute(
        "select reason, coalesce(column_name, ''), count(*), min(line) from read_parquet($1) group by all order by all",
        [str(quarantine)],
    ).fetchall()
    for reason, column, count, line in rows:
        yield f"  {count:,} {reason} {column}".rstrip() + f", the first in line {line:,}"
