"""Which releases lie under `published/`, what their certificates say, and where `current` points.

Looks only: nothing here moves a file or proves a byte.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from data_checks.baseline import Baseline
from data_checks.terms import CertifiedTerms, Terms
from pipelines.errors import PodiumError, UsageError
from pipelines.release import certificate, ledger
from pipelines.settings import Settings

logger = logging.getLogger("podium.release")

DATABASE = "podium.duckdb"
_RELEASE_ID = re.compile(r"v(\d{6,})")


@dataclass(frozen=True)
class Release:
    """One certified directory and the facts of its certificate."""

    release_id: str
    directory: Path
    facts: certificate.Facts

    @classmethod
    def at(cls, directory: Path) -> Release:
        """Raises PodiumError when the certificate is missing or was changed."""
        facts = certificate.read(directory)
        return cls(facts["release_id"], directory, facts)

    @property
    def as_of(self) -> date:
        return date.fromisoformat(self.facts["as_of"])

    @property
    def built_at(self) -> datetime:
        return datetime.fromisoformat(self.facts["built_at"])

    @property
    def parent_id(self) -> str | None:
        return self.facts["parent_release_id"]

    @property
    def inputs_sha256(self) -> str:
        return self.facts["inputs"]["sha256"]

    @property
    def content_sha256(self) -> str:
        return self.facts["content_sha256"]

    @property
    def is_override(self) -> bool:
        return bool(self.facts["overrides"])

    def takes_over(self, current: Release | None) -> bool:
        """Whether publishing moves the pointer: never back in time, unless the night was told to."""
        return current is None or self.as_of >= current.as_of or self.facts["promote"]


def link(settings: Settings) -> Path:
    """The one pointer that readers follow."""
    return settings.published / "current"


def current_id(settings: Settings) -> str | None:
    """Where the pointer points, whether or not a sound release is there; None without a pointer."""
    pointer = link(settings)
    return pointer.readlink().name if pointer.is_symlink() else None


def current(settings: Settings) -> Release | None:
    """The release that readers see. Raises PodiumError when its certificate cannot be read."""
    release_id = current_id(settings)
    return Release.at(settings.published / release_id) if release_id else None


def release_directories(settings: Settings) -> list[Path]:
    """Every versioned directory under published/, oldest first."""
    if not settings.published.is_dir():
        return []
    found = [path for path in settings.published.iterdir() if _RELEASE_ID.fullmatch(path.name) and path.is_dir()]
    return sorted(found, key=lambda path: _number(path.name))


def list_releases(settings: Settings) -> list[Release]:
    """Every release with a readable certificate, oldest first; the others are named in a warning."""
    releases = []
    for directory in release_directories(settings):
        try:
            releases.append(Release.at(directory))
        except PodiumError as error:
            logger.warning("%s", error)
    return releases


def find(settings: Settings, release_id: str) -> Release:
    """The release of that id. Raises UsageError naming those there are."""
    known = {release.release_id: release for release in list_releases(settings)}
    if release_id not in known:
        raise UsageError("E-NO-RELEASE", release_id, "no such release", expected=f"one of {', '.join(known) or 'none'}")
    return known[release_id]


def predecessor(settings: Settings, release_id: str) -> Release | None:
    """What readers saw before `release_id`; where that is gone, the newest older release nobody rolled back."""
    rows = ledger.read(settings)
    older = [r for r in list_releases(settings) if _number(r.release_id) < _number(release_id)]
    parent = _parent_id(settings, rows, release_id)
    shown = {row["current"] for row in rows if row["kind"] in ledger.POINTER_KINDS}
    shown -= set(ledger.withdrawn(rows).values())
    named = [release for release in older if release.release_id == parent]
    return next(iter(named or [release for release in reversed(older) if release.release_id in shown]), None)


def _parent_id(settings: Settings, rows: list[ledger.Row], release_id: str) -> str | None:
    """From the ledger, which outlives a damaged directory; from the certificate where no row was written."""
    written = [row for row in rows if row["kind"] in ledger.PLACED_KINDS and row["release_id"] == release_id]
    if written:
        return written[-1]["previous"]
    try:
        return Release.at(settings.published / release_id).parent_id
    except PodiumError:
        return None


def next_release_id(settings: Settings) -> str:
    """One more than the greatest id of anything published, held or written down."""
    places = [path.name for place in (settings.published, settings.held) if place.is_dir() for path in place.iterdir()]
    written = [str(row.get("release_id")) for row in ledger.read(settings)]
    numbers = [_number(name) for name in [*places, *written]]
    return f"v{max(numbers, default=0) + 1:06d}"


def newest_certified(settings: Settings, as_of: date) -> Baseline | None:
    """The release that a build for `as_of` is compared with: proven, not overridden, not rolled back, D not later.

    None when there is none.
    """
    withdrawn = set(ledger.withdrawn(ledger.read(settings)).values())
    usable = [r for r in list_releases(settings) if r.as_of <= as_of and not r.is_override]
    for release in sorted(usable, key=lambda r: (r.as_of, _number(r.release_id)), reverse=True):
        if release.release_id not in withdrawn and is_proven(release):
            database = release.directory / DATABASE
            return Baseline(release.release_id, release.as_of, database, release.facts["profile"])
    return None


def newest_terms(settings: Settings) -> CertifiedTerms | None:
    """What the release that was made last was judged by, whatever its D and whether or not a check was overridden:
    a softened gate is acknowledged once, and an acknowledgement stands with the release that went out by it.
    """
    made = list_releases(settings)
    if not made:
        return None
    return CertifiedTerms(made[-1].release_id, tuple(Terms.read(kept) for kept in made[-1].facts["terms"]))


def is_proven(release: Release) -> bool:
    """Whether every byte is still as certified; what is not is named in a warning."""
    try:
        certificate.verify(release.directory)
    except PodiumError as error:
        logger.warning("%s", error)
        return False
    return True


def _number(name: str) -> int:
    """123 of `v000123`, also with a prefix such as `.sealing-`; 0 for any other name."""
    found = _RELEASE_ID.search(name)
    return int(found[1]) if found else 0
