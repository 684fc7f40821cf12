"""Which delivery each archived file was: one record per claimed file, kept in the archive beside the bytes.

Written before a file is landed. From archive and claims alone the raw layer can be made again (take.py does); receipts
say what became of a file and go with the raw layer.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.durable import move_into_place
from pipelines.errors import InfrastructureError
from pipelines.intake import archive
from pipelines.intake.archive import Stamp
from pipelines.intake.claim import Claim
from pipelines.intake.receipts import Promise, Receipt
from pipelines.settings import Settings

FOLDER = "claims"


class ClaimRecord(BaseModel):
    """One claimed file, as it was delivered last. The archive holds its bytes, or those of `container`."""

    model_config = ConfigDict(frozen=True)

    source: str
    delivered_on: date
    file_name: str
    sha256: str
    container: str = Field("", description="SHA-256 of the zip archive it was delivered in.")
    promise: Promise
    stamp: Stamp

    def path(self, settings: Settings) -> Path:
        return settings.archive / FOLDER / _place(self)


def record(claims: Iterable[Claim]) -> None:
    """Write the records of claims; one that says the same already is left as it is."""
    for claim in claims:
        fields = {name: getattr(claim, name) for name in ClaimRecord.model_fields}
        _write(claim.settings, ClaimRecord(**fields))


def _write(settings: Settings, entry: ClaimRecord) -> None:
    content = entry.model_dump_json(indent=1).encode() + b"\n"
    path = entry.path(settings)
    if path.is_file() and path.read_bytes() == content:
        return
    draft = archive.draft_path(settings.archive, uuid.uuid4().hex)
    draft.write_bytes(content)
    draft.chmod(0o440)
    move_into_place(draft, path)


def recorded(settings: Settings) -> list[Claim]:
    """Every file ever claimed. Raises InfrastructureError for a damaged record."""
    return [_read(settings, path) for path in sorted((settings.archive / FOLDER).glob("*/*/*.json"))]


def without_receipt(settings: Settings, known: Iterable[Receipt]) -> bool:
    """Whether a file was claimed that none of the `known` receipts speaks of: its rows are to be read again."""
    places = {_place(receipt) for receipt in known}
    folder = settings.archive / FOLDER
    return any(path.relative_to(folder) not in places for path in folder.glob("*/*/*.json"))


def _place(file: ClaimRecord | Receipt) -> Path:
    return Path(file.source, file.delivered_on.isoformat(), f"{file.file_name}-{file.sha256[:16]}.json")


def _read(settings: Settings, path: Path) -> Claim:
    try:
        entry = ClaimRecord.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise InfrastructureError(
            "E-CLAIM", str(path), "damaged record of a delivery", do="restore it from the archive's backup"
        ) from error
    return Claim(settings, **{name: getattr(entry, name) for name in ClaimRecord.model_fields})
