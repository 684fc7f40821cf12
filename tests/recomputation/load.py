"""From delivered CSV files to typed versions of rows, for the recomputation.

Reads canonical deliveries with Python's csv module and knows types, keys and versions. What happened after the as-of
date is undone in crm.py; what a column means for a metric is decided in sdr.py, ae.py and am.py.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.contract import ENTITIES, Column, Entity, Type
from pipelines.settings import Config, Source
from tests.recomputation.periods import utc_midnight

Key = tuple[Any, ...]

_FILE_NAME = re.compile(r"(?P<entity>[a-z_]+?)(_\d+)?\.csv(\.gz)?")


@dataclass(frozen=True)
class Version:
    """One row as one delivery gave it."""

    key: Key
    row: SimpleNamespace  # the entity's columns, typed; None where empty
    is_deleted: bool
    delivered_on: date
    manifest_version: int
    source_name: str

    @property
    def order(self) -> tuple[datetime, date, int, str]:
        """The greatest is the present one."""
        updated_at = getattr(self.row, "updated_at", None) or datetime.min
        return (updated_at, self.delivered_on, self.manifest_version, self._hash)

    @property
    def _hash(self) -> str:
        """Decides where nothing else does: of the row as text, its deletion first."""
        return md5_of(self.is_deleted, *vars(self.row).values())


def md5_of(*values: Any) -> str:
    """The MD5 of values as a database writes them, with bars between; nothing for an empty one."""
    texts = ("" if v is None else str(v).lower() if isinstance(v, bool) else str(v) for v in values)
    return hashlib.md5("|".join(texts).encode()).hexdigest()


@dataclass
class _Seen:
    """What one source said about the existence of one entity's rows, by the moment of delivery."""

    newest_full: tuple[date, int] | None = None
    last_seen: dict[Key, tuple[date, int]] = field(default_factory=dict)

    def is_gone(self, key: Key) -> bool:
        return self.newest_full is not None and self.last_seen[key] < self.newest_full


@dataclass
class Deliveries:
    """All versions known on the as-of date, per entity and key, oldest first."""

    as_of: date
    delivered: set[str]
    versions: dict[str, dict[Key, list[Version]]]
    gone: dict[str, set[Key]]  # keys that a full delivery no longer has

    def latest(self, entity: str) -> list[SimpleNamespace]:
        """The present rows: newest version of each key, without the deleted ones."""
        newest = {key: versions[-1] for key, versions in self.versions[entity].items()}
        return [v.row for key, v in newest.items() if not v.is_deleted and key not in self.gone[entity]]

    def latest_with_deleted(self, entity: str) -> list[SimpleNamespace]:
        """The newest version of each key, deleted or not."""
        return [versions[-1].row for versions in self.versions[entity].values()]


def read_deliveries(inbox: Path, config: Config, as_of: date | None = None) -> Deliveries:
    """Read `<inbox>/<source>/<date>/<entity>.csv[.gz]` up to `as_of` (default: the newest delivery)."""
    folders = sorted((day for source in inbox.iterdir() if source.is_dir() for day in source.iterdir()), key=_date_of)
    as_of = as_of or max(_date_of(folder) for folder in folders)
    reader = _Reader(config)
    for folder in folders:
        if _date_of(folder) <= as_of:
            reader.take(folder)
    return reader.result(as_of)


def _date_of(folder: Path) -> date:
    return date.fromisoformat(folder.name)


class _Reader:
    """Collects versions and what the full deliveries imply, folder by folder, oldest first."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.delivered: set[str] = set()
        self.versions: dict[str, dict[Key, list[Version]]] = {name: defaultdict(list) for name in ENTITIES}
        self.seen: dict[str, dict[str, _Seen]] = {name: defaultdict(_Seen) for name in ENTITIES}
        self.taken: set[tuple[str, str, str]] = set()

    def take(self, folder: Path) -> None:
        """Read one delivery."""
        source = self.config.source(folder.parent.name)
        manifest = folder / "_manifest.json"
        said = json.loads(manifest.read_text("utf-8")) if manifest.is_file() else {}
        is_full = said.get("mode", source.mode) == "full"
        moment = (_date_of(folder), int(said.get("version", 0)))
        full_parts: dict[str, int] = defaultdict(int)
        for file in sorted(folder.iterdir()):
            match = _FILE_NAME.fullmatch(file.name)
            if not match or match["entity"] not in ENTITIES:
                continue
            entity = ENTITIES[match["entity"]]
            content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
            mark = (folder.parent.name, entity.name, hashlib.sha256(content).hexdigest())
            # A repeated delta says nothing new; a repeated full one says that nothing has changed since.
            if mark in self.taken and not is_full:
                continue
            self.taken.add(mark)
            full_parts[entity.name] += self._take_file(content, entity, source, folder.parent.name, moment)
        for name, rows in full_parts.items():
            if is_full and rows:
                self.seen[name][folder.parent.name].newest_full = moment

    def _take_file(
        self, content: bytes, entity: Entity, source: Source, source_name: str, moment: tuple[date, int]
    ) -> int:
        """Read one file; returns its number of data rows."""
        records = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        if not set(entity.required_columns) <= set(records.fieldnames or ()):
            return 0
        self.delivered.add(entity.name)
        rows = 0
        for record in records:
            rows += 1
            key = _readable_key(record, entity, source, self.config)
            if key is not None:
                self.seen[entity.name][source_name].last_seen[key] = moment
            version = _typed(record, entity, source_name, self.config, moment)
            if version is not None:
                self.versions[entity.name][version.key].append(version)
        return rows

    def result(self, as_of: date) -> Deliveries:
        """Everything read, versions in order."""
        for by_key in self.versions.values():
            for versions in by_key.values():
                versions.sort(key=lambda version: version.order)
        gone = {
            entity: {
                key for key in by_key if all(s.is_gone(key) for s in self.seen[entity].values() if key in s.last_seen)
            }
            for entity, by_key in self.versions.items()
        }
        return Deliveries(as_of, self.delivered, {k: dict(v) for k, v in self.versions.items()}, gone)


def _readable_key(record: dict[str, Any], entity: Entity, source: Source, config: Config) -> Key | None:
    """The key of a row, also of one that breaks the contract elsewhere: a bad row is not a deletion."""
    try:
        key = tuple(_value(record.get(name), entity[name], source, config) for name in entity.key)
    except ValueError:
        return None
    return None if None in key else key


def _typed(
    record: dict[str, Any], entity: Entity, source_name: str, config: Config, moment: tuple[date, int]
) -> Version | None:
    """The row in the contract's types, None if it breaks the contract."""
    source = config.source(source_name)
    # DictReader's marks of a row that is longer or shorter than the header.
    if None in record or None in record.values():
        return None
    try:
        values = {c.name: _value(record.get(c.name), c, source, config) for c in entity.columns}
        is_deleted = _boolean(record.get("is_deleted") or "false")
    except ValueError:
        return None
    if any(values[name] is None for name in entity.required_columns):
        return None
    # A clock that runs ahead must not win versions for ever: at most 24 hours after the delivery's day.
    latest_update = utc_midnight(moment[0] + timedelta(days=2), config.company_time_zone)
    if entity.has_updated_at and values["updated_at"] > latest_update:
        return None
    if "currency" in values and values["currency"] is None:
        values["currency"] = source.currency
    key = tuple(values[name] for name in entity.key)
    return Version(key, SimpleNamespace(**values), is_deleted, *moment, source_name)


def _value(text: str | None, column: Column, source: Source, config: Config) -> Any:
    """The typed value of a cell. Raises ValueError for one that breaks the contract."""
    if text is None or text == "":
        return None
    if column.allowed and text not in column.allowed:
        raise ValueError(column.name)
    match column.type:
        case Type.ID:
            return source.id_prefix + text
        case Type.TEXT:
            return text
        case Type.TIMESTAMP:
            return _timestamp(text, source, config)
        case Type.DATE:
            return datetime.strptime(text, "%Y-%m-%d").date()
        case Type.BOOLEAN:
            return _boolean(text)
        case Type.INTEGER:
            return int(text)
        case Type.NUMBER:
            return float(text)
        case Type.MONEY:
            return _money(text)
        case Type.RATE:
            return _decimal(text).quantize(Decimal("1e-8"), ROUND_HALF_UP)


def _timestamp(text: str, source: Source, config: Config) -> datetime:
    """UTC without a zone. A bare date is midnight company time."""
    if len(text) == 10:
        return utc_midnight(date.fromisoformat(text), config.company_time_zone)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(source.dialect.time_zone))
    return moment.astimezone(UTC).replace(tzinfo=None)


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError("neither true nor false")
    return text.lower() == "true"


def _money(text: str) -> Decimal:
    """Cents at the finest: a third decimal would be rounded away."""
    amount = _decimal(text)
    if amount != round(amount, 2):
        raise ValueError("more than two decimals")
    return amount


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("not a number") from error
    if not number.is_finite():
        raise ValueError("not finite")
    return number
