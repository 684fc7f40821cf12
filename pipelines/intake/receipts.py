"""What became of each delivered file. A receipt is written after its rows: without it they do not count.

Also the paths of what a receipt stands for, and the reading: the version of everything rows are a function of beside
their bytes. How a file is read is not known here.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.contract import ENTITIES, RAW_COLUMNS
from pipelines.crash import crash_point
from pipelines.durable import make_directory, move_into_place
from pipelines.errors import InfrastructureError
from pipelines.intake.archive import Stamp
from pipelines.intake.names import is_archive
from pipelines.settings import Settings

# To be raised when code in pipelines/intake changes what rows come out of the same bytes.
READING_CODE = 2

DRAFTS = ".drafts"


class Promise(BaseModel):
    """What a delivery's manifest says about one of its files; all defaults where there is none."""

    model_config = ConfigDict(frozen=True)

    mode: Literal["full", "delta"] | None = None
    version: int = 0
    rows: int | None = None
    sha256: str | None = None
    parts: tuple[str, ...] = Field((), description="All files that the manifest lists and that may hold the entity.")
    is_readable: bool = Field(True, description="False when there is a manifest that cannot be read.")


class Traits(BaseModel):
    """What a file was like, for the comparison with other deliveries of its source and entity (habits.py)."""

    model_config = ConfigDict(frozen=True)

    columns: tuple[str, ...] = Field((), description="Columns of the contract that it has.")
    is_empty: bool = Field(False, description="A header without rows where that is no news and no accident.")
    has_final_newline: bool | None = Field(None, description="None where the format has none.")
    early_days: tuple[str, ...] = Field((), description="Date columns whose many days are all early in their month.")
    late_days: tuple[str, ...] = Field((), description="Date columns with most days late in their month.")


class Receipt(BaseModel):
    """One delivered file under one reading. Counts are in rows; those of a refused file are 0 where not known.

    A loaded file satisfies `rows_in = rows_loaded + rows_quarantined + rows_duplicate`.
    """

    model_config = ConfigDict(frozen=True)

    source: str
    entity: str = Field(description="Empty for a file whose name names no entity.")
    delivered_on: date
    file_name: str
    sha256: str
    reading: str
    mode: Literal["full", "delta"] = Field(description="As delivered.")
    version: int
    verdict: Literal["loaded", "refused"]
    code: str = ""
    message: str = Field("", description="One line for a person; no values of rows.")
    rows_in: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_duplicate: int = 0
    notes: tuple[str, ...] = Field((), description="What a person should know though the file was loaded.")
    unknown_columns: tuple[str, ...] = ()
    traits: Traits | None = Field(None, description="None where it was refused whatever else was delivered.")
    promise: Promise = Promise()
    stamp: Stamp = Field(description="How the file in the inbox looked when it was last read.")
    is_full: bool = Field(
        False,
        exclude=True,
        description="Part of a complete full delivery with rows: only that may imply deletions. Set by receipts().",
    )

    def rows_path(self, settings: Settings) -> Path:
        """Where its typed rows lie; exists when `rows_loaded` is not 0."""
        return self._parquet(settings, "rows")

    def quarantine_path(self, settings: Settings) -> Path:
        """Where its rows set aside lie; exists when `rows_quarantined` is not 0."""
        return self._parquet(settings, "quarantine")

    def path(self, settings: Settings) -> Path:
        name = f"{self.file_name}-{self.sha256[:16]}-{self.reading}.json"
        return settings.raw / "receipts" / self.source / self.delivered_on.isoformat() / name

    def _parquet(self, settings: Settings, kind: str) -> Path:
        folder = settings.raw / kind / self.entity / f"{self.source}-{self.reading}" / self.delivered_on.isoformat()
        return folder / f"{self.sha256[:16]}.parquet"

    @property
    def where(self) -> str:
        return f"{self.source}/{self.delivered_on}/{self.file_name}"


def reading(settings: Settings, source: str) -> str:
    """First 8 hex digits over contract, reading code, the source's options and the company time zone."""
    contract = [
        [e.name, e.key, [[c.name, c.type.name, c.required, c.allowed] for c in e.columns]] for e in ENTITIES.values()
    ]
    options = settings.config.source(source).model_dump(mode="json")
    parts = [READING_CODE, contract, RAW_COLUMNS, options, settings.config.company_time_zone]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:8]


def receipts(settings: Settings) -> list[Receipt]:
    """All receipts of the present reading, sorted, `is_full` set. Raises InfrastructureError for a damaged one."""
    return counted(settings, all_receipts(settings))


def counted(settings: Settings, stored: Iterable[Receipt]) -> list[Receipt]:
    """Those of `stored` that belong to the present reading, sorted, `is_full` set."""
    stored = sorted(stored, key=_order)
    present = {source: reading(settings, source) for source in {receipt.source for receipt in stored}}
    of_reading = [receipt for receipt in stored if receipt.reading == present[receipt.source]]
    complete = complete_full_deliveries(of_reading)
    return [r.model_copy(update={"is_full": delivery_of(r) in complete}) for r in of_reading]


def all_receipts(settings: Settings) -> list[Receipt]:
    """Receipts of every reading, sorted by date, source, entity and file. `is_full` is not set."""
    return sorted((_read(path) for path in (settings.raw / "receipts").glob("*/*/*.json")), key=_order)


def _order(receipt: Receipt) -> tuple[date, str, str, str, str, str]:
    r = receipt
    return r.delivered_on, r.source, r.entity, r.file_name, r.sha256, r.reading


def delivery_of(receipt: Receipt) -> tuple[str, str, date]:
    """Source, entity, date: what the parts of a delivery have in common."""
    return receipt.source, receipt.entity, receipt.delivered_on


def complete_full_deliveries(present: Iterable[Receipt]) -> set[tuple[str, str, date]]:
    """The deliveries that may imply deletions, as (source, entity, date).

    They are full, have rows, and every part that was delivered or promised was loaded.
    """
    deliveries = defaultdict(list)
    for receipt in present:
        if receipt.entity or is_archive(receipt.file_name):
            deliveries[delivery_of(receipt)].append(receipt)
    return {
        (source, entity, day)
        for (source, entity, day), parts in deliveries.items()
        if entity and _is_complete(parts, deliveries.get((source, "", day), []))
    }


def _is_complete(parts: list[Receipt], archives: list[Receipt]) -> bool:
    """`archives` are the receipts of the delivery's zip archives: one that was refused may hold a part of it."""
    full = [part for part in parts if part.mode == "full"]
    named = {part.file_name for part in (*full, *archives)} | {name for part in full for name in part.promise.parts}
    loaded = {part.file_name for part in (*full, *archives) if part.verdict == "loaded"}
    return bool(full) and named == loaded and any(part.rows_loaded for part in full)


def write(settings: Settings, receipt: Receipt) -> None:
    """Write a receipt whole or not at all; from then on the rows of the file count."""
    draft = draft_path(settings, "receipt.json")
    draft.write_text(receipt.model_dump_json(indent=1) + "\n", "utf-8")
    crash_point("S3", 3)
    move_into_place(draft, receipt.path(settings))
    crash_point("S3", 4)


def draft_path(settings: Settings, name: str) -> Path:
    """Where a file of the raw layer is written before it gets its name."""
    make_directory(settings.raw / DRAFTS)
    return settings.raw / DRAFTS / name


def _read(path: Path) -> Receipt:
    try:
        return Receipt.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise InfrastructureError(
            "E-RECEIPT", str(path), "damaged receipt", do="remove it; the next run reads the delivery again"
        ) from error
