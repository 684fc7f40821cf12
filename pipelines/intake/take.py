"""Everything new in the inbox, in order: archive, land, receipt. What `podium run` and the asset `land` call.

The caller holds the lock of the night.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.crash import crash_point
from pipelines.durable import make_directory
from pipelines.errors import InfrastructureError
from pipelines.intake import archive, claims, receipts, scan
from pipelines.intake.archive import StillChangingError
from pipelines.intake.claim import Claim, work_folder
from pipelines.intake.landings import Landings
from pipelines.intake.manifest import NAME as MANIFEST
from pipelines.intake.receipts import Receipt
from pipelines.intake.scan import InboxFile, Scan
from pipelines.room import demand_room, shortage
from pipelines.settings import Settings

log = logging.getLogger("podium.intake")


@dataclass(frozen=True)
class IntakeReport:
    """What a run took. `busy` are lines about deliveries left for the next run, `strays` about what is no delivery."""

    files: tuple[Receipt, ...]
    busy: tuple[str, ...]
    strays: tuple[str, ...] = ()

    @property
    def refused(self) -> tuple[str, ...]:
        """One line for each thing in the inbox that cannot be taken."""
        return (*(receipt.message for receipt in self.files if receipt.verdict == "refused"), *self.strays)


def take_deliveries(settings: Settings) -> IntakeReport:
    """Archive and land every new delivered file; waits up to `quiet_seconds` for deliveries being written.

    Also lands again what was delivered before and has no receipt of the present reading: contract, code or options
    changed, or the raw layer is gone. The archive alone, with its claims, gives the same receipts.
    Raises InfrastructureError when disk, memory or permissions fail; what was taken until then stands.
    """
    with _infrastructure(settings):
        crash_point("S0", 1)
        _clear(settings)
        stored = receipts.all_receipts(settings)
        found = scan.look_when_quiet(settings, receipts.counted(settings, stored))
        crash_point("S0", 2)
        demand_room(settings.home, sum(file.stamp.size for delivery in found.ready for file in delivery.new))
        return _take(settings, found, stored)


def check_files(settings: Settings, paths: Sequence[Path], source: str | None) -> IntakeReport:
    """What `take_deliveries` would say to these files in a home where nothing was delivered yet.

    `settings` must name an empty home, where everything is left. `source` is whose options hold; None: the one in
    whose inbox folder a file lies. Raises InfrastructureError.
    """
    with _infrastructure(settings):
        _clear(settings)
        return _take(settings, scan.look_at(paths, source), [])


def _take(settings: Settings, found: Scan, stored: list[Receipt]) -> IntakeReport:
    new, busy, strays = _archive(settings, found)
    crash_point("S1", 3)
    claims.record(new)
    crash_point("S1", 4)
    with _database(settings) as db:
        landings = Landings(settings, db, stored)
        landings.land_all(new, claims.recorded(settings))
        landings.settle()
    _drop_drafts(settings)
    for line in (*busy, *strays):
        log.warning("%s", line)
    taken = tuple(r for r in landings.known if r.path(settings) in landings.new)
    return IntakeReport(taken, tuple(busy), tuple(strays))


def _clear(settings: Settings) -> None:
    """Drop what a killed run left half written."""
    archive.drop_drafts(settings.archive)
    _drop_drafts(settings)
    make_directory(work_folder(settings))


def _drop_drafts(settings: Settings) -> None:
    for folder in (settings.raw / receipts.DRAFTS, work_folder(settings)):
        shutil.rmtree(folder, ignore_errors=True)


def _archive(settings: Settings, found: Scan) -> tuple[list[Claim], list[str], list[str]]:
    """Copy all new files to the archive: claims on them, and what is busy or cannot be read, in words."""
    new, busy, strays = [], list(found.busy), list(found.strays)
    for delivery in found.ready:
        if delivery.new and delivery.manifest:
            archive.store(settings.archive, delivery.folder / MANIFEST)
        for file in delivery.new:
            try:
                new.append(_claim(settings, file))
            except (StillChangingError, FileNotFoundError):
                busy.append(f"I-FILE-BUSY {file.where}: changed while it was copied, the next run takes it")
            except OSError as error:
                if str(error.filename) != str(file.path):
                    raise
                strays.append(f"E-FILE-ACCESS {file.where}: {error.strerror}, let Podium's user read it")
    return new, busy, strays


def _claim(settings: Settings, file: InboxFile) -> Claim:
    sha256, stamp = archive.store(settings.archive, file.path)
    return Claim(settings, file.source, file.delivered_on, file.name, sha256, file.promise, stamp)


@contextmanager
def _database(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB in memory, spilling into the work folder, with UTC as its zone and no reach to the network."""
    config = {
        # DuckDB fills its memory with read blocks; Arrow's blocks and the hashes of all rows need the other half.
        "memory_limit": f"{settings.config.memory_limit_mb // 2}MB",
        "temp_directory": str(work_folder(settings) / "spill"),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    with duckdb.connect(":memory:", config=config) as db:
        db.execute("set timezone = 'UTC'")
        yield db


@contextmanager
def _infrastructure(settings: Settings) -> Iterator[None]:
    try:
        yield
    except (MemoryError, OSError, duckdb.Error) as error:
        if short := shortage(error, settings.home):
            raise short from error
        # DuckDB's own words may quote values of rows.
        told = f"{error.strerror} {error.filename or ''}" if isinstance(error, OSError) else type(error).__name__
        do = "see that the home can be written"
        raise InfrastructureError("E-INTAKE", str(settings.home), told, do=do) from error
