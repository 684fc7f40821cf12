"""`podium run`: one night with a progress display, then what it decided and what it set aside."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from types import FrameType
from typing import NoReturn

import click

from pipelines import night as nights
from pipelines.cli import held, summary
from pipelines.errors import FileRefused, HeldByGate, InfrastructureError
from pipelines.ground import demand_ground
from pipelines.intake import claims
from pipelines.intake.receipts import Receipt, receipts
from pipelines.intake.scan import look
from pipelines.progress import progress
from pipelines.release import ledger
from pipelines.release.lock import night_lock
from pipelines.settings import Settings

log = logging.getLogger("podium.run")
GRACE_SECONDS = 60


def run_night(settings: Settings, as_of: date | None, promote: bool) -> int:
    """Run the job `nightly` unless nothing is new; returns the exit code. Raises PodiumError."""
    with ended_on_time(settings.config.max_run_minutes):
        demand_ground(settings)
        known = receipts(settings)
        if reason := nothing_to_do(settings, known, as_of, promote):
            click.echo(summary.nothing_new(settings, reason))
            return 0
        decided = len(ledger.read(settings))
        try:
            _execute(settings, as_of, promote)
        except HeldByGate:
            click.echo(held.blocking_checks(settings), err=True)
            raise
    refused = refusals(settings, known)
    click.echo(summary.of_night(settings, ledger.read(settings)[decided:], refused))
    return FileRefused.exit_code if refused else 0


def nothing_to_do(settings: Settings, known: list[Receipt], as_of: date | None, promote: bool) -> str | None:
    """Why no night is needed, found without the tools that a night needs; None when one is."""
    found = look(settings, known)
    if found.unquiet or any(delivery.new for delivery in found.ready) or claims.without_receipt(settings, known):
        return None
    with night_lock(settings):
        planned = nights.plan(settings, known, as_of, promote)
        reason = nights.nothing_new(settings, planned)
        nights.discard(settings)
        if reason:
            ledger.append(settings, "nothing_new", inputs_sha256=planned.inputs_sha256, reasons=[reason])
    for line in (*found.busy, *found.strays):
        click.echo(line, err=True)
    return reason


def _execute(settings: Settings, as_of: date | None, promote: bool) -> None:
    with progress():
        log.info("starting Dagster and dbt")
        from pipelines.definitions import run_nightly

        run_nightly(settings, as_of, promote)


def refusals(settings: Settings, before: list[Receipt]) -> list[str]:
    """One line for each file that this run refused, and for what lies in the inbox and is no delivery."""
    # A file that was loaded may be refused since, where an earlier one came late.
    known = {(r.where, r.sha256, r.reading) for r in before if r.verdict == "refused"}
    now = receipts(settings)
    fresh = [r for r in now if r.verdict == "refused" and (r.where, r.sha256, r.reading) not in known]
    return [*(r.message for r in fresh), *look(settings, now).strays]


@contextmanager
def ended_on_time(minutes: float, grace_seconds: float = GRACE_SECONDS) -> Iterator[None]:
    """End the block on SIGTERM as on Ctrl-C, and after `minutes` with InfrastructureError.

    A step that does not let itself be interrupted is ended with the process, `grace_seconds` later.
    """
    late = InfrastructureError(
        "E-TIMEOUT", "podium run", f"still at work after {minutes:g} minutes", do="see max_run_minutes"
    )
    watchdog = threading.Timer(minutes * 60 + grace_seconds, _end_process, [late])
    watchdog.daemon = True

    def too_long(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise late

    def terminated(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    earlier = signal.signal(signal.SIGTERM, terminated), signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, minutes * 60)
    watchdog.start()
    try:
        yield
    finally:
        watchdog.cancel()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGTERM, earlier[0])
        signal.signal(signal.SIGALRM, earlier[1])


def _end_process(error: InfrastructureError) -> NoReturn:
    """End at once, as a kill does: the next night finishes or removes what is left."""
    print(error, file=sys.stderr, flush=True)
    os._exit(error.exit_code)
