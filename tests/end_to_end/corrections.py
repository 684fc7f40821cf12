"""Corrections of the past as a CRM delivers them: rows of a home's first delivery, changed, in a later delta."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterable
from pathlib import Path

from homes import Home

Row = dict[str, str]


def delivered(home: Home, entity: str) -> list[Row]:
    """The rows of an entity in the first delivery of a home, as text."""
    (file,) = sorted((home.path / "inbox").glob("*/*"))[0].glob(f"{entity}.csv*")
    content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def correct(home: Home, day: str, corrections: dict[str, list[Row]]) -> None:
    """Let a delta of changed or new rows arrive, by entity. `updated_at` is the morning of `day` where there is one."""
    folder = next((home.path / "inbox").glob("*")) / day
    folder.mkdir()
    about = {}
    for entity, rows in corrections.items():
        file = folder / f"{entity}.csv"
        _write(file, [row | {"updated_at": f"{day}T06:00:00Z"} if "updated_at" in row else row for row in rows])
        about[file.name] = {"rows": len(rows), "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    (folder / "_manifest.json").write_text(json.dumps({"files": about, "mode": "delta", "version": 1}))


def _write(file: Path, rows: list[Row]) -> None:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def first(rows: Iterable[Row], **wanted: str) -> Row:
    """The first row whose columns begin with what is wanted."""
    return next(row for row in rows if all(row[column].startswith(value) for column, value in wanted.items()))
