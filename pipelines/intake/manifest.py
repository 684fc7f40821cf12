"""The optional `_manifest.json` of a delivery: what its sender says is in it.

Whether the files keep the promise is for scan.py (is it all there) and take.py (is it the right thing).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from pipelines.contract import ENTITIES
from pipelines.intake.archive import open_regular
from pipelines.intake.receipts import Promise

NAME = "_manifest.json"
_MAX_BYTES = 1 << 20
_FILE = re.compile(rf"(?P<entity>{'|'.join(ENTITIES)})(?:_\d+)?\.(?P<format>csv|csv\.gz|parquet)")

Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-fA-F]{64}$", to_lower=True)]
FileName = Annotated[str, StringConstraints(pattern=r"^[^/\\\x00-\x1f]{1,255}$")]


class ManifestFile(BaseModel):
    model_config = ConfigDict(frozen=True)

    rows: int | None = Field(None, ge=0)
    sha256: Sha256 | None = None


class Manifest(BaseModel):
    """`{"files": {"leads.csv": {"rows": 8000, "sha256": "…"}}, "mode": "full"|"delta", "version": 1}`."""

    model_config = ConfigDict(frozen=True)

    files: dict[FileName, ManifestFile] = Field({}, max_length=10_000)
    mode: Literal["full", "delta"] | None = None
    version: int = Field(0, ge=0, lt=2**63)

    def promise(self, file_name: str) -> Promise:
        """What it says about one file, listed or not."""
        listed = self.files.get(file_name, ManifestFile())
        entity = entity_of(file_name)
        parts = tuple(sorted(name for name in self.files if entity and entity_of(name) == entity))
        return Promise(mode=self.mode, version=self.version, rows=listed.rows, sha256=listed.sha256, parts=parts)


def read_manifest(path: Path) -> Manifest | None:
    """The manifest in `path`; None when it is damaged, too long or not a regular file."""
    try:
        with open_regular(path) as file:
            text = file.read(_MAX_BYTES + 1)
        return Manifest.model_validate_json(text) if len(text) <= _MAX_BYTES else None
    except (OSError, ValidationError):
        return None


def entity_of(file_name: str) -> str:
    """The entity a delivered file is named after, '' for none: `leads.csv`, `leads_2.csv.gz`, `leads.parquet`."""
    match = _FILE.fullmatch(file_name)
    return match["entity"] if match else ""
