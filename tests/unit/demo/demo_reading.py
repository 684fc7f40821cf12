"""Plain Python over a demo's files: what the tests know of a delivery, without the code that wrote it."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.contract import ENTITIES, Type
from pipelines.demo import DemoSummary

Row = dict[str, Any]
NIGHTS = 30  # of the demo that has many


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return moment.astimezone(UTC)


def _flag(text: str) -> bool:
    return {"true": True, "false": False}[text]


PARSE: dict[Type, Callable[[str], Any]] = {
    Type.ID: str,
    Type.TEXT: str,
    Type.TIMESTAMP: _moment,
    Type.DATE: date.fromisoformat,
    Type.BOOLEAN: _flag,
    Type.INTEGER: int,
    Type.NUMBER: float,
    Type.MONEY: Decimal,
    Type.RATE: Decimal,
}


@dataclass(frozen=True)
class Record:
    """One record of a file: its typed row, or what is wrong with it."""

    row: Row
    cells: tuple[str, ...]
    flaw: str  # "" for a good one


def open_text(path: Path) -> Any:
    opener = gzip.open if path.suffix == ".gz" else open
    return opener(path, "rt", encoding="utf-8", newline="")


def deliveries(demo: Path) -> list[Path]:
    return sorted((demo / "crm").iterdir())


def delivered_on(folder: Path) -> date:
    return date.fromisoformat(folder.name)


def end_of(folder: Path) -> datetime:
    return datetime.combine(delivered_on(folder) + timedelta(days=1), time(), UTC)


def manifest(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "_manifest.json").read_text("utf-8")))


def entity_of(file_name: str) -> str:
    stem = file_name.split(".")[0]
    return stem if stem in ENTITIES else stem.rpartition("_")[0]


def header(path: Path) -> list[str]:
    with open_text(path) as file:
        return next(csv.reader(file))


def records(path: Path) -> list[Record]:
    """Every record after the header, in order."""
    with open_text(path) as file:
        names, *lines = csv.reader(file)
    return [_record(entity_of(path.name), names, tuple(cells)) for cells in lines]


def _record(entity: str, names: list[str], cells: tuple[str, ...]) -> Record:
    if len(cells) != len(names):
        return Record({}, cells, "ragged")
    row: Row = {}
    for name, text in zip(names, cells, strict=True):
        if name == "is_deleted":
            row[name] = _flag(text)
            continue
        column = ENTITIES[entity][name]
        if text == "" and column.required:
            return Record({}, cells, "missing required")
        if text and column.allowed and text not in column.allowed:
            return Record({}, cells, "unknown value")
        try:
            row[name] = PARSE[column.type](text) if text else None
        except (ValueError, KeyError, ArithmeticError):
            return Record({}, cells, f"bad {column.type.value}")
    return Record(row, cells, "")


def files(folder: Path, entity: str) -> list[Path]:
    return sorted(path for path in folder.glob("*.csv*") if entity_of(path.name) == entity)


def good_rows(folder: Path, entity: str) -> Iterator[Row]:
    """The rows of an entity that can be loaded; an exact duplicate comes once."""
    seen = set()
    for path in files(folder, entity):
        for record in records(path):
            if not record.flaw and record.cells not in seen:
                seen.add(record.cells)
                yield record.row


def key_of(entity: str, row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in ENTITIES[entity].key)


class State:
    """The latest version of every row, by key, after the deliveries that were added."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[tuple[Any, ...], Row]] = {entity: {} for entity in ENTITIES}

    def add(self, folder: Path) -> None:
        for entity, known in self.rows.items():
            for row in good_rows(folder, entity):
                known[key_of(entity, row)] = row

    def live(self, entity: str) -> list[Row]:
        """Rows that are not soft-deleted."""
        return [row for row in self.rows[entity].values() if not row.get("is_deleted")]


def state_after(demo: Path) -> State:
    state = State()
    for folder in deliveries(demo):
        state.add(folder)
    return state


class Made(NamedTuple):
    """A demo that was made, and its state after the last delivery."""

    directory: Path
    summary: DemoSummary
    state: State
