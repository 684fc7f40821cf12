"""Deliveries on disk: CSV files, some gzipped, large ones in parts, and the manifest that is written last.

Belongs here: bytes. Does not: what the rows say (feeds.py), which of them are broken (dirt.py).
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.csv as pacsv

from pipelines.contract import ENTITIES
from pipelines.demo.clock import DAY, day_number
from pipelines.demo.dirt import dirty_rows
from pipelines.demo.feeds import FEEDS, is_quoted
from pipelines.demo.world import World

ROWS_PER_FILE = 2_000_000
# A first delivery is mostly these; compressing them shows that intake reads both kinds.
COMPRESSED = ("leads", "opportunity_history")
# A night without any change still delivers this one, header only: otherwise nothing would say that it was quiet.
ALWAYS_WRITTEN = "activities"
MANIFEST = "_manifest.json"


@dataclass(frozen=True)
class WrittenFile:
    """One file of a delivery; `rows` counts every record after the header, broken ones included."""

    name: str
    entity: str
    rows: int
    size: int
    sha256: str


@dataclass
class _HashedFile(io.RawIOBase):
    """A file that knows the hash of what was written to it."""

    target: IO[bytes]
    size: int = 0
    sha256: hashlib._Hash = field(default_factory=hashlib.sha256)

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.sha256.update(data)
        self.size += len(data)
        return self.target.write(data)


class CsvFile:
    """One CSV file being written, gzipped where its name says so, the same bytes on every day."""

    def __init__(self, path: Path, entity: str, columns: list[str]) -> None:
        self.path, self.entity, self.rows = path, entity, 0
        self._raw = path.open("wb")
        self._hashed = _HashedFile(self._raw)
        zipped = path.suffix == ".gz"
        self._out = gzip.GzipFile("", "wb", 6, self._hashed, mtime=0) if zipped else self._hashed
        self._out.write(f"{','.join(columns)}\n".encode())

    def add(self, table: pa.Table) -> None:
        self._out.write(as_csv(table, is_quoted(self.entity)))
        self.rows += table.num_rows

    def add_cells(self, cells: list[str]) -> None:
        """A row as it is, however broken. The cells hold no comma, quote or line end."""
        self._out.write(f"{','.join(cells)}\n".encode())
        self.rows += 1

    def close(self) -> None:
        if self._out is not self._hashed:
            self._out.close()
        self._raw.close()

    @property
    def written(self) -> WrittenFile:
        return WrittenFile(self.path.name, self.entity, self.rows, self._hashed.size, self._hashed.sha256.hexdigest())


def as_csv(table: pa.Table, quoted: bool) -> bytes:
    """The rows without header; texts in quotes only where asked for, since it is a third of the size."""
    sink = pa.BufferOutputStream()
    style = "needed" if quoted else "none"
    pacsv.write_csv(table, sink, pacsv.WriteOptions(include_header=False, quoting_style=style))
    return bytes(sink.getvalue())


def write_delivery(world: World, folder: Path, delivered_on: date, night: int) -> list[WrittenFile]:
    """One delivery into the existing `folder`: on night 0 everything so far, later what changed on its day."""
    until = (day_number(delivered_on) + 1) * DAY
    since = until - DAY if night else 0
    files: list[WrittenFile] = []
    for entity, feed in FEEDS.items():
        tables = feed(world, since, until)
        files += _write_entity(folder, entity, tables, night, delivered_on.weekday())
    manifest = {
        "files": {file.name: {"rows": file.rows, "sha256": file.sha256} for file in files},
        "mode": "delta",
        "version": 1,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", "utf-8")
    return files


def _write_entity(folder: Path, entity: str, tables: Iterable[pa.Table], night: int, weekday: int) -> list[WrittenFile]:
    """The entity's file or parts; none where nothing changed. The last table takes the broken rows in its middle."""
    parts: list[CsvFile] = []
    waiting: pa.Table | None = None
    for table in tables:
        if waiting is not None:
            _part(folder, entity, parts, waiting).add(waiting)
        waiting = table
    if waiting is None:
        return _write_quiet(folder) if entity == ALWAYS_WRITTEN else []
    part = _part(folder, entity, parts, waiting)
    half = waiting.num_rows // 2
    part.add(waiting.slice(0, half))
    good_rows = part.rows + waiting.num_rows - half
    for cells in dirty_rows(entity, good_rows, _sample(waiting, is_quoted(entity)), night, weekday):
        part.add_cells(cells)
    part.add(waiting.slice(half))
    part.close()
    return _named(parts)


def _write_quiet(folder: Path) -> list[WrittenFile]:
    part = CsvFile(folder / f"{ALWAYS_WRITTEN}.csv", ALWAYS_WRITTEN, list(ENTITIES[ALWAYS_WRITTEN].column_names))
    part.close()
    return [part.written]


def _part(folder: Path, entity: str, parts: list[CsvFile], table: pa.Table) -> CsvFile:
    """The part being written, or a new one when it is full."""
    if not parts or parts[-1].rows >= ROWS_PER_FILE:
        if parts:
            parts[-1].close()
        suffix = ".csv.gz" if entity in COMPRESSED else ".csv"
        parts.append(CsvFile(folder / f"{entity}_{len(parts) + 1}{suffix}", entity, table.column_names))
    return parts[-1]


def _named(parts: list[CsvFile]) -> list[WrittenFile]:
    """A single part loses its number."""
    if len(parts) == 1:
        path = parts[0].path
        parts[0].path = path.rename(path.with_name(path.name.replace("_1.", ".")))
    return [part.written for part in parts]


def _sample(table: pa.Table, quoted: bool) -> Callable[[int], list[str]]:
    """The cells of a table's rows, as they are written; a table shorter than asked for starts again."""

    def cells(number: int) -> list[str]:
        text = as_csv(table.slice(number * 7 % table.num_rows, 1), quoted).decode()
        return next(csv.reader([text.rstrip("\n")]))

    return cells
