"""Moves the pointer: the one atomic step that readers see, its proof, and the step back when the proof fails.

Used by publish.py for a release of this night and by recovery.py for one of a night that was killed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from pipelines.crash import crash_point
from pipelines.durable import fsync
from pipelines.errors import InfrastructureError, PodiumError
from pipelines.release import ledger, releases
from pipelines.release.decisions import in_words
from pipelines.release.read_back import read_back
from pipelines.release.releases import Release
from pipelines.release.unbroken import unbroken
from pipelines.settings import Settings

logger = logging.getLogger("podium.release")

POINTER_DRAFT = ".current-"
REJECTED = ".rejected-"


@dataclass(frozen=True)
class Outcome:
    """Where a release lies, and whether readers see it; `previous_release_id` is what they saw before."""

    release_id: str
    path: Path
    is_current: bool
    previous_release_id: str | None
    content_sha256: str


def point(settings: Settings, release_id: str) -> None:
    """Make `current` lead to `release_id`, in one step."""
    draft = settings.published / f"{POINTER_DRAFT}{release_id}"
    draft.unlink(missing_ok=True)
    draft.symlink_to(release_id, target_is_directory=True)
    crash_point("S9", 1)
    draft.replace(releases.link(settings))
    crash_point("S9", 2)
    fsync(settings.published)


def settle(settings: Settings, release: Release, kind: ledger.Kind) -> Outcome:
    """Point readers at a verified release in its place if it takes over, read it back, and write it down.

    Raises InfrastructureError when the read-back fails: then the pointer is back where it was.
    """
    before = releases.current_id(settings)
    is_current = before == release.release_id or release.takes_over(releases.current(settings))
    previous = release.parent_id if before == release.release_id else before
    with unbroken():
        if is_current:
            point(settings, release.release_id)
        _demand_readable(settings, release)
        beside = [] if is_current else ["for an older D: placed beside current"]
        write_placed(settings, release, kind, previous, [*beside, *in_words(release.facts)])
    return Outcome(release.release_id, release.directory, is_current, previous, release.content_sha256)


def _demand_readable(settings: Settings, release: Release) -> None:
    crash_point("S10", 1)
    try:
        read_back(release.directory)
    except PodiumError as error:
        set_aside(settings, release.release_id, "refused", str(error))
        raise InfrastructureError(
            "E-READ-BACK", release.release_id, "not what was certified", found=str(error), do="the last release stands"
        ) from error
    crash_point("S10", 2)


def write_placed(
    settings: Settings, release: Release, kind: ledger.Kind, previous: str | None, reasons: list[str]
) -> None:
    """Write down that `release` is in its place; `current` in the row says whether it is what readers see."""
    ledger.append(
        settings,
        kind,
        release_id=release.release_id,
        current=releases.current_id(settings),
        previous=previous,
        as_of=release.as_of,
        inputs_sha256=release.inputs_sha256,
        content_sha256=release.content_sha256,
        certificate_sha256=release.facts["certificate_sha256"],
        decisions=[one["decision_id"] for one in (*release.facts["overrides"], *release.facts["acknowledgements"])],
        reasons=reasons,
    )


def set_aside(settings: Settings, release_id: str, kind: ledger.Kind, reason: str) -> None:
    """Lead readers away from a release that is not what was certified, and take it out of sight."""
    target: str | None = releases.current_id(settings)
    if target == release_id:
        target = _step_back(settings, release_id)
    directory = settings.published / release_id
    if directory.exists():
        directory.rename(settings.published / f"{REJECTED}{release_id}")
    logger.error("%s is not what was certified and was set aside; current is %s", release_id, target or "none")
    ledger.append(settings, kind, release_id=release_id, current=target, previous=release_id, reasons=[reason])


def _step_back(settings: Settings, release_id: str) -> str | None:
    """Point at the newest proven release before `release_id`, or nowhere; returns its id."""
    candidate = releases.predecessor(settings, release_id)
    while candidate and not releases.is_proven(candidate):
        candidate = releases.predecessor(settings, candidate.release_id)
    if candidate is None:
        releases.link(settings).unlink()
        fsync(settings.published)
        return None
    point(settings, candidate.release_id)
    return candidate.release_id
