"""What a night does before anything else: finish or clear away what a killed one left, and prove what readers see.

The pointer is the truth and the ledger is completed after it, never the other way round. No step needs a person.
"""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.crash import crash_point
from pipelines.errors import PodiumError
from pipelines.release import certificate, chain, ledger, releases
from pipelines.release.files import REMOVING, read_json, remove_tree
from pipelines.release.placing import POINTER_DRAFT, REJECTED, set_aside, settle, write_placed
from pipelines.release.releases import Release
from pipelines.settings import Settings

logger = logging.getLogger("podium.release")

SEALING = ".sealing-"
HOLDING = ".holding-"
PLAN = "night.json"


def recover(settings: Settings) -> None:
    """Bring published/, held/ and the ledger into one story; harmless to repeat. Call it under `night_lock`.

    Raises LedgerBroken before it touches anything when the ledger is not the one Podium wrote.
    """
    chain.verify(settings)
    ledger.mend(settings)
    written = {row["release_id"] for row in ledger.read(settings) if row["kind"] in ledger.POINTER_KINDS}
    _sweep(settings)
    _settle_current(settings, written)
    _settle_others(settings, written)
    if _untold_night(settings):
        note_interrupted(settings, ["ended without a decision"])


def collect_garbage(settings: Settings) -> list[str]:
    """Remove old releases; returns their ids. `current`, its predecessor and the newest `keep_releases` others stay."""
    current = releases.current_id(settings)
    before = releases.predecessor(settings, current) if current else None
    kept = {current, before.release_id if before else None}
    others = [path for path in releases.release_directories(settings) if path.name not in kept]
    doomed = others[: -settings.config.keep_releases]
    for directory in doomed:
        remove_tree(directory)
        crash_point("S11", 2)
        logger.info("%s removed, %d newer releases are kept", directory.name, settings.config.keep_releases)
    _forget(settings)
    return [directory.name for directory in doomed]


def _forget(settings: Settings) -> None:
    """Remove what releases remembered that are no more, or never came to be."""
    kept = {path.name for path in releases.release_directories(settings)}
    for directory in sorted(settings.memory.iterdir()) if settings.memory.is_dir() else ():
        if directory.name not in kept:
            remove_tree(directory)


def _sweep(settings: Settings) -> None:
    """Remove drafts of dead nights: nobody was ever promised them."""
    drafts = (SEALING, POINTER_DRAFT, REJECTED, REMOVING, HOLDING)
    for place in (settings.published, settings.held):
        for path in sorted(place.iterdir()) if place.is_dir() else ():
            if not path.name.startswith(drafts):
                continue
            if path.is_symlink():
                path.unlink()
            else:
                remove_tree(path)
            logger.info("%s left by a night that ended early was removed", path.name)


def _settle_current(settings: Settings, written: set[str]) -> None:
    """Prove what readers see; write down a swap that nobody wrote down."""
    current_id = releases.current_id(settings)
    if current_id is None:
        return
    release = _proven(settings, settings.published / current_id, "rolled_back")
    if release is None:
        return
    if current_id not in written:
        _settle(settings, release)
        return
    pointers = [row for row in ledger.read(settings) if row["kind"] in ledger.POINTER_KINDS]
    if pointers[-1]["current"] != current_id:
        write_rollback(settings, release, pointers[-1]["current"], "the run that rolled back ended before it wrote so")


def _settle_others(settings: Settings, written: set[str]) -> None:
    """Place releases that a killed night had sealed and moved, but not written down.

    Only after a current release that was written down may one become current: with the ledger lost, nobody knows what
    had been rolled back.
    """
    for directory in releases.release_directories(settings):
        current_id = releases.current_id(settings)
        if directory.name in written or directory.name == current_id:
            continue
        release = _proven(settings, directory, "interrupted")
        if release and release.parent_id == current_id and (current_id is None or current_id in written):
            _settle(settings, release)
        elif release:
            write_placed(settings, release, "recovered", release.parent_id, ["made by a night that ended early"])


def _proven(settings: Settings, directory: Path, kind: ledger.Kind) -> Release | None:
    """The release in `directory`; None after setting aside one that is not what was certified."""
    try:
        facts = certificate.verify(directory)
        if facts["release_id"] != directory.name:
            raise PodiumError("E-CERTIFICATE", directory.name, f"certified as {facts['release_id']}")
    except PodiumError as error:
        set_aside(settings, directory.name, kind, str(error))
        return None
    return Release(directory.name, directory, facts)


def _settle(settings: Settings, release: Release) -> None:
    try:
        settle(settings, release, "recovered")
    except PodiumError as error:
        logger.error("%s", error)
    else:
        logger.info("%s of a night that ended early was completed", release.release_id)


def write_rollback(settings: Settings, target: Release, left_id: str | None, reason: str) -> None:
    """Write down that the pointer went from `left_id` to `target`.

    What a person stepped back from must not come back by itself, so its inputs are withdrawn while the release they
    made is sound: a damaged one is to be built again.
    """
    left = {release.release_id: release for release in releases.list_releases(settings)}.get(left_id or "")
    # By id: two releases can be built within one second.
    is_step_back = left is not None and left.release_id > target.release_id and releases.is_proven(left)
    ledger.append(
        settings,
        "rolled_back",
        release_id=target.release_id,
        current=target.release_id,
        previous=left_id,
        inputs_sha256=target.inputs_sha256,
        content_sha256=target.content_sha256,
        withdrawn_inputs_sha256=left.inputs_sha256 if left and is_step_back else None,
        reasons=[reason],
    )


def note_interrupted(settings: Settings, reasons: list[str]) -> None:
    """Write down that the running night ends without a decision, planned or not."""
    ledger.append(settings, "interrupted", release_id=_untold_night(settings), reasons=reasons)


def make_room(settings: Settings) -> None:
    """Give back what a night took that stopped for want of room. Call it under `night_lock`."""
    _sweep(settings)
    for path in sorted(settings.work.iterdir()) if settings.work.is_dir() else ():
        if path.is_dir():
            remove_tree(path)
        elif path.name != PLAN:
            path.unlink()


def _untold_night(settings: Settings) -> str | None:
    """The release id of a planned night that the ledger knows nothing of."""
    try:
        night = read_json(settings.work / PLAN)
    except (OSError, ValueError):
        return None
    return None if any(_speaks_of(night, row) for row in ledger.read(settings)) else str(night["release_id"])


def _speaks_of(night: dict[str, Any], row: ledger.Row) -> bool:
    """A night that found nothing new leaves a row without its own release id."""
    if row["kind"] == "nothing_new":
        return datetime.fromisoformat(row["at"]).replace(tzinfo=None) >= datetime.fromisoformat(night["built_at"])
    return row.get("release_id") == night["release_id"]
