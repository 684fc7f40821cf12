"""`podium rebuild`: the release that readers had, made again in a home that kept its archive and its ledger alone.

Nothing here builds: it is a night like any other, whose content the ledger knows beforehand.
"""

from __future__ import annotations

from datetime import date

import click

from pipelines.cli.night import run_night
from pipelines.errors import InfrastructureError, UsageError
from pipelines.release import ledger, releases
from pipelines.settings import Settings


def rebuild(settings: Settings) -> int:
    """Run the night of the lost release and compare contents; returns the exit code of the night.

    Raises UsageError where a release stands or none was ever published, InfrastructureError where the same inputs make
    another content, and what a night raises.
    """
    lost = lost_release(settings)
    exit_code = run_night(settings, date.fromisoformat(lost["as_of"]), promote=True)
    made = releases.current(settings)
    if made is None:
        raise InfrastructureError(
            "E-REBUILD", lost["release_id"], "the night published nothing", do="run podium status"
        )
    click.echo(compared(lost, made))
    return exit_code


def lost_release(settings: Settings) -> ledger.Row:
    """The row that published what readers saw last."""
    if standing := releases.current_id(settings):
        what = f"{standing} stands, there is nothing to rebuild"
        raise UsageError("E-REBUILD", str(settings.published), what, do="delete published/ first if that is meant")
    rows = ledger.read(settings)
    seen = [row["current"] for row in rows if row["kind"] in ledger.POINTER_KINDS and row["current"]]
    placed = [row for row in rows if row["kind"] in ledger.PLACED_KINDS and seen and row["release_id"] == seen[-1]]
    if not placed:
        raise UsageError("E-REBUILD", settings.ledger.name, "knows of no release", do="run podium run")
    return placed[-1]


def compared(lost: ledger.Row, made: releases.Release) -> str:
    """In words whether the release is the lost one. Raises InfrastructureError where it should be and is not."""
    if made.content_sha256 == lost["content_sha256"]:
        return f"{made.release_id} holds what {lost['release_id']} held: content {made.content_sha256[:12]}"
    if made.inputs_sha256 == lost["inputs_sha256"]:
        raise InfrastructureError(
            "E-REBUILD",
            made.release_id,
            f"made of the inputs of {lost['release_id']} and not the same",
            expected=lost["content_sha256"][:12],
            found=made.content_sha256[:12],
            do="report it, and keep both",
        )
    return (
        f"{made.release_id} stands for {lost['release_id']} and is not the same: "
        "code, options or deliveries are others than they were"
    )
