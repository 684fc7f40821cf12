"""The release that a build is compared with. Which release that is, the release stage decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Baseline:
    """The newest published release without an override whose as-of date is not after D.

    `database` is its podium.duckdb, `profile` what the gate measured of its inputs then (`Audit.profile`).
    """

    release_id: str
    as_of: date
    database: Path
    profile: dict[str, Any] = field(default_factory=dict)
