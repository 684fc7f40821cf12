"""The optional `_manifest.json` of a delivery: what its sender says is in it.

Whether the files keep the promise is for scan.py (is it all there) and take.py (is it the right thing).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from pipelines.intake.archive import open_regular
from pipelines.intake.names import entity_of, is_archive
from pipelines.intake.receipts import Promise

NAME = "_manifest.json"
_MAX_BYTES = 1 << 20

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
        parts = tuple(sorted(self.files))
        if not is_archive(file_name):
            parts = parts_of(entity_of(file_name), parts)
        return Promise(mode=self.mode, version=self.version, rows=listed.rows, sha256=listed.sha256, parts=parts)


def parts_of(entity: str, files: Iterable[str]) -> tuple[str, ...]:
    """The files that an entity is not complete without; what an archive holds is not known before it came."""
    return tuple(name for name in files if is_archive(name) or (entity and entity_of(name) == entity))


def read_manifest(path: Path) -> Manifest | None:
    """The manifest in `path`; None when it is damaged, too long or not a regular file."""
    try:
        with open_regular(path) as file:
            text = file.read(_MAX_BYTES + 1)
        return Manifest.model_validate_json(text) if len(text) <= _MAX_BYTES else None
    except (OSError, ValidationError):
        return None
