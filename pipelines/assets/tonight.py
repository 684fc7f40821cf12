"""What the stages of one running night hand to each other, and the lock that keeps it the only one.

It lives in the process of the run and dies with it: a stage materialised alone finds nothing of an earlier night and
says so. What a stage does stands in its own module.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn, TypeVar

import dagster as dg

from data_checks.gate import Audit
from pipelines.errors import PodiumError, UsageError
from pipelines.intake.receipts import Receipt
from pipelines.night import Night
from pipelines.release import ledger
from pipelines.release.lock import night_lock
from pipelines.release.recovery import make_room, note_interrupted
from pipelines.room import DISK, shortage
from pipelines.settings import Settings
from pipelines.transform import BuildResult

log = logging.getLogger("podium.run")
OWNERS = ["team:sales-analytics"]
T = TypeVar("T")


@dataclass(frozen=True)
class Landed:
    """What intake left behind: the plan of the night, every receipt that counts, and the file dbt will build in."""

    night: Night
    receipts: tuple[Receipt, ...]
    warehouse: Path


class Tonight:
    """The state of one run."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._told_before = len(ledger.read(settings))
        self._landed: Landed | None = None
        self._build: BuildResult | None = None
        self._audit: Audit | None = None
        self._stopped: BaseException | None = None

    @property
    def landed(self) -> Landed:
        return _made(self._landed, "land")

    @landed.setter
    def landed(self, landed: Landed) -> None:
        self._landed = landed

    @property
    def build(self) -> BuildResult:
        return _made(self._build, "dbt_build")

    @build.setter
    def build(self, build: BuildResult) -> None:
        self._build = build

    @property
    def audit(self) -> Audit:
        return _made(self._audit, "gate")

    @audit.setter
    def audit(self, audit: Audit) -> None:
        self._audit = audit

    @contextmanager
    def stage(self) -> Iterator[None]:
        """Let a signal end the stage, and remember for the ledger what did end it."""
        try:
            with interruptible():
                yield
        except BaseException as error:
            short = shortage(error, self.settings.home)
            self._stopped = short or error
            if short:
                raise short from error
            raise

    def close(self) -> None:
        """Leave no night without a row in the ledger. A wrong call is no night."""
        stopped = self._stopped
        if isinstance(stopped, UsageError) or (stopped is None and self._landed is None):
            return
        told = ledger.read(self.settings)[self._told_before :]
        if any(row["kind"] in ledger.DECISIONS for row in told):
            return
        if isinstance(stopped, PodiumError) and stopped.code == DISK:
            make_room(self.settings)
        # Only Podium's own words: the message of another error may quote a row.
        reason = str(stopped) if isinstance(stopped, PodiumError) else type(stopped).__name__
        try:
            note_interrupted(self.settings, [reason] if stopped else [])
        except OSError as error:
            # The next night writes the row; what stopped this one must not be hidden behind it.
            log.error("the ledger cannot be written: %s", error.strerror)


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn SIGINT and SIGTERM into KeyboardInterrupt, whatever becomes of it inside the block.

    The tools of a stage know KeyboardInterrupt and clean up on it, not on the error that Dagster raises; but dbt hands
    it back as a failed build, so it is raised again at the end.
    """
    received = []

    def interrupt(number: int, _frame: FrameType | None) -> NoReturn:
        received.append(number)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except Exception as error:
        if received:
            raise KeyboardInterrupt from error
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if received:
        raise KeyboardInterrupt


def _made(part: T | None, stage: str) -> T:
    if part is None:
        raise UsageError("E-NIGHT", stage, "did not run in this run", do="materialise the whole job `nightly`")
    return part


def tonight_resource(settings: Settings) -> dg.ResourceDefinition:
    """The one `Tonight` of a run, under the lock of the night from the first stage to the last."""

    @dg.resource(description="The running night. Holds the lock of the home, so that there is one writer at a time.")
    def tonight(_context: dg.InitResourceContext) -> Iterator[Tonight]:
        with night_lock(settings):
            night = Tonight(settings)
            try:
                yield night
            finally:
                night.close()

    return tonight
