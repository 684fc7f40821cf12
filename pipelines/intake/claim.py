"""One delivered file on its way in: what is known of it once it is archived, and the receipts it can get.

How it is read is for land.py, which files there are for take.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pipelines.contract import ENTITIES, Entity
from pipelines.errors import FileRefused
from pipelines.intake import archive, receipts
from pipelines.intake.archive import Stamp
from pipelines.intake.names import entity_of
from pipelines.intake.receipts import Promise, Receipt, Traits
from pipelines.settings import Settings, Source

Mode = Literal["full", "delta"]


class RowsRefused(FileRefused):
    """A file that was refused after its rows had been counted; `traits` where others of its kind decided."""

    traits: Traits | None = None

    def __init__(self, rows_in: int, code: str, where: str, what: str, **more: str) -> None:
        super().__init__(code, where, what, **more)
        self.rows_in = rows_in


@dataclass(frozen=True)
class Claim:
    """One archived file to be landed under the present reading.

    `container` is the SHA-256 of the zip archive that holds it, '' for a file that was delivered by itself.
    """

    settings: Settings
    source: str
    delivered_on: date
    file_name: str
    sha256: str
    promise: Promise
    stamp: Stamp
    container: str = ""

    @property
    def entity(self) -> str:
        """'' when its name names none."""
        return entity_of(self.file_name)

    @property
    def where(self) -> str:
        return f"{self.source}/{self.delivered_on}/{self.file_name}"

    @property
    def contract(self) -> Entity:
        return ENTITIES[self.entity]

    @property
    def options(self) -> Source:
        return self.settings.config.source(self.source)

    @property
    def mode(self) -> Mode:
        return self.promise.mode or self.options.mode

    @property
    def archived(self) -> Path:
        """The delivered bytes: its own, or those of the archive that holds it."""
        return archive.path_in(self.settings.archive, self.container or self.sha256)

    @property
    def bytes_path(self) -> Path:
        """Where its own bytes are read: a member of an archive is unpacked for it (land.py)."""
        return self.work / "member" if self.container else self.archived

    @property
    def work(self) -> Path:
        """Where unpacked and mended copies lie while a file is landed."""
        return work_folder(self.settings)

    def draft(self, name: str) -> Path:
        return receipts.draft_path(self.settings, name)

    def receipt(self, verdict: Literal["loaded", "refused"], **fields: Any) -> Receipt:
        """A receipt, not yet written; `fields` are code, message, counts and notes."""
        return Receipt(
            source=self.source,
            entity=self.entity,
            delivered_on=self.delivered_on,
            file_name=self.file_name,
            sha256=self.sha256,
            reading=receipts.reading(self.settings, self.source),
            mode=self.mode,
            version=self.promise.version,
            verdict=verdict,
            promise=self.promise,
            stamp=self.stamp,
            **fields,
        )

    def refusal(self, refusal: FileRefused) -> Receipt:
        rows, traits = (refusal.rows_in, refusal.traits) if isinstance(refusal, RowsRefused) else (0, None)
        return self.receipt("refused", code=refusal.code, message=str(refusal), rows_in=rows, traits=traits)


def work_folder(settings: Settings) -> Path:
    return settings.work / "intake"
