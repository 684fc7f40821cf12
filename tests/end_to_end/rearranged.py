"""The same deliveries otherwise: rows in another order, files in parts, parts twice, some rows a delivery later.

What must not depend on any of it is said in test_properties.py.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from zlib import crc32

import duckdb

from pipelines.contract import ENTITIES
from pipelines.intake.take import take_deliveries
from pipelines.settings import Settings

Rows = list[list[str]]
Delivery = dict[str, Rows]  # file name without its ending -> header and rows
Drop = dict[str, Delivery]  # date -> delivery

SMALL_PART = 0.05  # of a file; what intake sets aside stays in the large part, or its share would refuse a small one
MOVED = 0.03


def read_drop(folders: list[Path]) -> Drop:
    """Deliveries as written by the demo, one file per entity."""
    return {folder.name: {_entity(file): _read(file) for file in _files(folder)} for folder in folders}


def deliver(drop: Drop, home: Path, order: Random | None = None) -> None:
    """Let all deliveries arrive; in a random order they are taken one after the other, before the night."""
    dates = sorted(drop)
    if order is not None:
        order.shuffle(dates)
    for day in dates:
        _write(drop[day], home / "inbox" / "crm" / day)
        if order is not None:
            take_deliveries(Settings.load(home=home, env={}))


def rearranged(drop: Drop, set_aside: set[tuple[str, str, int]], random: Random) -> Drop:
    """The same rows; `set_aside` holds (date, entity, line) of those that intake refuses."""
    days = sorted(drop)
    result: Drop = {day: {} for day in days}
    for day, later in zip(days, [*days[1:], None], strict=True):
        for entity, (header, *rows) in drop[day].items():
            bad = [row for line, row in enumerate(rows, 1) if (day, entity, line) in set_aside]
            good = [row for line, row in enumerate(rows, 1) if (day, entity, line) not in set_aside]
            if later is not None and ENTITIES[entity].has_updated_at:
                moved, good = _split_by_key(entity, header, good, MOVED, random)
                result[later][f"{entity}_8"] = [header, *moved]
            for name, part in _parts(entity, good, bad, random):
                result[day][name] = [header, *part]
    return {day: {name: rows for name, rows in files.items() if len(rows) > 1} for day, files in result.items()}


def _parts(entity: str, good: Rows, bad: Rows, random: Random) -> Iterator[tuple[str, Rows]]:
    random.shuffle(good)
    cut = int(len(good) * SMALL_PART)
    small, large = good[:cut], good[cut:] + bad
    random.shuffle(large)
    yield f"{entity}_1", large
    yield f"{entity}_2", small
    if random.random() < 0.5:
        yield f"{entity}_3", small[: len(small) // 2] + good[-cut or len(good) :]


def _split_by_key(entity: str, header: list[str], rows: Rows, share: float, random: Random) -> tuple[Rows, Rows]:
    """All versions of a key go the same way."""
    at = [header.index(name) for name in ENTITIES[entity].key]
    salt = random.getrandbits(32)

    def is_moved(row: list[str]) -> bool:
        return crc32(repr([row[n] for n in at]).encode(), salt) < share * 2**32

    return [row for row in rows if is_moved(row)], [row for row in rows if not is_moved(row)]


def set_aside_by_intake(home: Path) -> set[tuple[str, str, int]]:
    """(date, entity, line) of every row that intake quarantined in a home."""
    pattern = home / "raw" / "quarantine" / "*" / "*" / "*" / "*.parquet"
    rows = duckdb.sql(f"select filename, line from read_parquet('{pattern}', filename = true)").fetchall()
    return {(Path(name).parts[-2], Path(name).parts[-4], line) for name, line in rows}


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.name != "_manifest.json")


def _entity(file: Path) -> str:
    return file.name.partition(".")[0]


def _read(file: Path) -> Rows:
    content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def _write(delivery: Delivery, folder: Path) -> None:
    folder.mkdir(parents=True)
    files = {}
    for name, rows in delivery.items():
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        content = text.getvalue().encode()
        (folder / f"{name}.csv").write_bytes(content)
        files[f"{name}.csv"] = {"rows": len(rows) - 1, "sha256": hashlib.sha256(content).hexdigest()}
    (folder / "_manifest.json").write_text(json.dumps({"files": files, "mode": "delta", "version": 1}))
