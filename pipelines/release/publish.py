"""Decides about a sealed release: publish it, hold the build, or go back.

Takes nothing on trust: what was handed over is proven again here, byte by byte, before readers can see it.
Call these under `night_lock`; `rollback` takes it itself.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.crash import crash_point
from pipelines.durable import fsync
from pipelines.errors import PodiumError, UsageError
from pipelines.night import Night
from pipelines.release import certificate, chain, ledger, releases
from pipelines.release.decisions import demand_standing
from pipelines.release.files import PRIVATE_DIRECTORY, fsync_tree, make_directory, remove_tree, write_json
from pipelines.release.lock import night_lock
from pipelines.release.placing import Outcome, point, settle
from pipelines.release.recovery import HOLDING, collect_garbage, recover, write_rollback
from pipelines.release.releases import Release
from pipelines.release.tables import check_rows
from pipelines.settings import Settings

if TYPE_CHECKING:  # The gate imports pandas; rolling back needs none.
    from data_checks.gate import Audit

logger = logging.getLogger("podium.release")

HELD_BUILDS_KEPT = 3


def publish(settings: Settings, sealed: Path, night: Night) -> Outcome:
    """Prove `sealed`, put it among the releases, lead readers to it and read it back.

    A release for an older D than current's is placed beside it unless the night promotes. Raises PodiumError when
    anything is not as certified, or another release became current since the plan; the last release then stands.
    """
    try:
        release = _prove(settings, sealed, night)
    except PodiumError as error:
        ledger.append(
            settings, "refused", release_id=night.release_id, inputs_sha256=night.inputs_sha256, reasons=[str(error)]
        )
        raise
    directory = settings.published / release.release_id
    crash_point("S8", 1)
    sealed.rename(directory)
    crash_point("S8", 2)
    fsync(settings.published)
    outcome = settle(settings, Release(release.release_id, directory, release.facts), "published")
    crash_point("S11", 1)
    where = "is current" if outcome.is_current else "lies beside the current release"
    logger.info("%s %s, as of %s, content %s", outcome.release_id, where, night.as_of, outcome.content_sha256[:12])
    collect_garbage(settings)
    return outcome


def _prove(settings: Settings, sealed: Path, night: Night) -> Release:
    facts = certificate.verify(sealed)
    planned_on, current = facts["parent_release_id"], releases.current_id(settings)
    if planned_on != current:
        what = f"{current or 'no release'} is current now, the night was planned on {planned_on or 'none'}"
        raise PodiumError("E-PARENT", night.release_id, what, do="run again")
    if facts["release_id"] != night.release_id or (settings.published / night.release_id).exists():
        what = f"the sealed release {facts['release_id']} is not this night's, or its place is taken"
        raise PodiumError("E-RELEASE-ID", night.release_id, what, do="run again")
    chain.verify(settings)
    demand_standing(settings, facts)
    return Release(night.release_id, sealed, facts)


def hold(settings: Settings, night: Night, warehouse: Path, audit: Audit) -> Path:
    """Move the private build to held/<id>/ for `podium explain`; published/ is not touched.

    No connection to `warehouse` may be open. Returns the new path of the warehouse.
    """
    make_directory(settings.held, PRIVATE_DIRECTORY)
    draft = settings.held / f"{HOLDING}{night.release_id}"
    if draft.exists():
        remove_tree(draft)
    make_directory(draft, PRIVATE_DIRECTORY)
    warehouse.replace(draft / warehouse.name)
    crash_point("S6", 3)
    write_json(draft / "checks.json", _held_facts(night, audit))
    fsync_tree(draft)
    directory = draft.rename(settings.held / night.release_id)
    fsync(settings.held)
    crash_point("S6", 4)
    reasons = [f"{result.check_id}: {result.message}" for result in audit.results if result.verdict == "block"]
    ledger.append(
        settings,
        "held",
        release_id=night.release_id,
        as_of=night.as_of,
        inputs_sha256=night.inputs_sha256,
        content_sha256=audit.content_sha256,
        reasons=reasons,
    )
    crash_point("S6", 5)
    _forget_old_holds(settings)
    return directory / warehouse.name


def _held_facts(night: Night, audit: Audit) -> dict[str, Any]:
    """What `podium explain` shows of a held build and what people's decisions about it are bound to."""
    decided = [{"code": result.code, "decision": result.decision} for result in audit.results]
    return {
        "release_id": night.release_id,
        "as_of": night.as_of,
        "built_at": night.built_at,
        "inputs_sha256": night.inputs_sha256,
        "content_sha256": audit.content_sha256,
        "checks": [row | about for row, about in zip(check_rows(audit), decided, strict=True)],
        "checks_sha256": audit.checks_sha256,
        "profile": audit.profile,
    }


def _forget_old_holds(settings: Settings) -> None:
    for directory in sorted(settings.held.iterdir())[:-HELD_BUILDS_KEPT]:
        remove_tree(directory)


def rollback(settings: Settings, version: str | None = None) -> Outcome:
    """Lead readers back to `version`, by default to what they saw before the current release.

    What was rolled back is not published again by a plain run over the same inputs. Raises UsageError when there is
    nothing to go to, PodiumError when the release there is no longer what was certified; the pointer then stays.
    """
    with night_lock(settings):
        recover(settings)
        left = releases.current_id(settings)
        target = _rollback_target(settings, left, version)
        certificate.verify(target.directory)
        point(settings, target.release_id)
        write_rollback(settings, target, left, f"rolled back from {left or 'nothing'} by command")
    logger.info("%s is current again, %s was left", target.release_id, left or "nothing")
    return Outcome(target.release_id, target.directory, True, left, target.content_sha256)


def _rollback_target(settings: Settings, left: str | None, version: str | None) -> Release:
    if version:
        target = releases.find(settings, version)
        if version == left:
            raise UsageError("E-ROLLBACK", version, "is already current", do="name another release")
        return target
    before = releases.predecessor(settings, left) if left else None
    if before is None:
        raise UsageError("E-ROLLBACK", left or "published", "no release before it", do="see podium releases")
    return before
