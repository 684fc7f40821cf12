"""What lies in the inbox: which files are new, and which deliveries are still being written.

Looks at names, sizes and times; archive.py is the first to take a delivery's bytes.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import stat
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from pipelines.errors import InfrastructureError
from pipelines.intake import manifest as manifests
from pipelines.intake.archive import Stamp, open_regular
from pipelines.intake.manifest import Manifest, read_manifest
from pipelines.intake.receipts import Promise, Receipt, receipts
from pipelines.settings import Settings

log = logging.getLogger("podium.intake")

_SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_DAY = re.compile(r"(19|20|21)\d{2}-\d{2}-\d{2}")
_PARTIAL = (".part", ".filepart", ".tmp")
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, order=True)
class InboxFile:
    """One delivered file that has no receipt yet. `name` is safe to show: odd characters are replaced."""

    delivered_on: date
    source: str
    name: str
    path: Path
    stamp: Stamp
    promise: Promise

    @property
    def where(self) -> str:
        return f"{self.source}/{self.delivered_on}/{self.name}"


@dataclass(frozen=True)
class Delivery:
    """One folder `<source>/<date>` of the inbox: its new files, and what speaks for or against taking them now."""

    where: str
    folder: Path
    new: tuple[InboxFile, ...]
    names: frozenset[str]  # all files, new or not, unfinished ones excepted
    partial: tuple[str, ...]  # names of unfinished uploads
    newest: float  # latest change of any file, seconds since the epoch
    has_manifest: bool
    manifest: Manifest | None

    @property
    def missing(self) -> tuple[str, ...]:
        """Files that the manifest lists and nobody delivered."""
        listed = self.manifest.files if self.manifest else {}
        return tuple(sorted(set(listed) - self.names))


@dataclass(frozen=True)
class Scan:
    """The inbox at one moment. `strays` are lines on what is no delivered file, `busy` on what is not taken yet."""

    ready: tuple[Delivery, ...]
    busy: tuple[str, ...]
    strays: tuple[str, ...]
    writing: tuple[Delivery, ...] = ()  # touched so lately that waiting may still make them ready

    @property
    def unquiet(self) -> bool:
        return bool(self.writing)


def waiting(settings: Settings) -> list[InboxFile]:
    """Files that a run would take now: no receipt yet, and nobody writes to their delivery. Sorted."""
    found = look(settings, receipts(settings))
    return sorted(file for delivery in found.ready for file in delivery.new)


def look_when_quiet(settings: Settings, known: Iterable[Receipt]) -> Scan:
    """Look at the inbox, waiting up to `quiet_seconds` for deliveries that are being written."""
    known = list(known)
    deadline = time.monotonic() + settings.config.quiet_seconds
    first = found = look(settings, known)
    if found.unquiet:
        log.info("waiting up to %d s for a delivery to be finished: %s", settings.config.quiet_seconds, found.busy[0])
    while found.unquiet and (left := deadline - time.monotonic()) > 0:
        time.sleep(min(_LOOK_SECONDS, left))
        found = look(settings, known)
    # What was not touched all the while is finished, whatever a clock that was ahead wrote on it.
    return look(settings, known, first.writing) if found.unquiet else found


def look(settings: Settings, known: Iterable[Receipt], watched: Collection[Delivery] = ()) -> Scan:
    """Look at the inbox once; a delivery that still is as one of `watched` counts as finished.

    Raises InfrastructureError when the inbox cannot be read.
    """
    seen = {(r.source, r.delivered_on, r.file_name, r.stamp, r.promise) for r in known}
    ready: list[Delivery] = []
    busy: list[str] = []
    strays: list[str] = []
    writing: list[Delivery] = []
    for folder, source, day in _folders(settings.inbox, strays):
        delivery = _delivery(folder, source, day, strays)
        new = tuple(f for f in delivery.new if (f.source, f.delivered_on, f.name, f.stamp, f.promise) not in seen)
        delivery = replace(delivery, new=new)
        is_quiet = time.time() - delivery.newest >= settings.config.quiet_seconds or not settings.config.quiet_seconds
        if is_quiet or delivery in watched or _keeps_its_promise(delivery):
            ready.append(delivery)
            busy += _unfinished(delivery)
            busy += [
                f"I-FILE-BUSY {delivery.where}/{name}: in the manifest, not delivered" for name in delivery.missing
            ]
        elif delivery.new or delivery.partial:
            writing.append(delivery)
            busy.append(f"I-FILE-BUSY {delivery.where}: still being written, the next run takes it")
    return Scan(tuple(ready), tuple(busy), tuple(strays), tuple(writing))


def look_at(paths: Iterable[Path], source: str | None) -> Scan:
    """The named files alone, wherever they lie, with the manifest beside them.

    A folder `<source>/<date>` says what they were delivered as; elsewhere `source` (or `check`) and today do.
    """
    strays: list[str] = []
    busy: list[str] = []
    deliveries = []
    wanted: dict[Path, set[Path]] = {}
    for path in paths:
        wanted.setdefault(path.absolute().parent, set()).add(path.absolute())
    for folder, files in sorted(wanted.items()):
        day = _day(folder.name)
        whose = source or (shown(folder.parent.name) if day else "check")
        delivery = _delivery(folder, whose, day or datetime.now(UTC).date(), strays, files)
        deliveries.append(delivery)
        busy += _unfinished(delivery)
    return Scan(tuple(deliveries), tuple(busy), tuple(strays))


def _unfinished(delivery: Delivery) -> list[str]:
    return [f"I-FILE-BUSY {delivery.where}/{name}: unfinished upload, left alone" for name in delivery.partial]


def _folders(inbox: Path, strays: list[str]) -> Iterator[tuple[Path, str, date]]:
    """The folders `<source>/<date>`; everything else on these two levels is a stray."""
    for source in _entries(inbox):
        if source.name.startswith("."):
            continue
        if not (_SOURCE.fullmatch(source.name) and source.is_dir(follow_symlinks=False)):
            strays.append(_stray(shown(source.name), "a folder named after its source (letters, digits, . _ -)"))
            continue
        for day in _entries(Path(source.path)):
            delivered_on = _day(day.name)
            if delivered_on and day.is_dir(follow_symlinks=False):
                yield Path(day.path), source.name, delivered_on
            elif not day.name.startswith("."):
                strays.append(_stray(f"{source.name}/{shown(day.name)}", "a folder named YYYY-MM-DD"))


def _delivery(
    folder: Path, source: str, day: date, strays: list[str], only: Collection[Path] | None = None
) -> Delivery:
    """What lies in one folder, or those of its files that are asked for; all of them count as new here."""
    where, newest, files, partial = f"{source}/{day}", 0.0, [], []
    for entry, status in _with_status(_entries(folder)):
        if only is not None and Path(entry.path) not in only and entry.name != manifests.NAME:
            continue
        name = shown(entry.name)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
            what = "a link, pipe, socket or folder is never followed or read, nor a file with a second name elsewhere"
            strays.append(f"E-NOT-REGULAR {where}/{name}: {what}, expected a file, deliver it as one")
            continue
        # A sender's clock may run ahead; the time of the last change is from ours.
        newest = max(newest, min(status.st_mtime, status.st_ctime))
        if entry.name.endswith(_PARTIAL) or entry.name.startswith("."):
            partial += [] if entry.name.startswith(".") else [name]
        else:
            files.append((name, Path(entry.path), Stamp.of(status)))
    has_manifest = any(path.name == manifests.NAME for _, path, _ in files)
    manifest = read_manifest(folder / manifests.NAME) if has_manifest else None
    new = tuple(
        InboxFile(day, source, name, path, stamp, _promise(has_manifest, manifest, name))
        for name, path, stamp in files
        if path.name != manifests.NAME
    )
    names = frozenset(file.name for file in new)
    return Delivery(where, folder, new, names, tuple(partial), newest, has_manifest, manifest)


def _promise(has_manifest: bool, manifest: Manifest | None, name: str) -> Promise:
    return manifest.promise(name) if manifest else Promise(is_readable=not has_manifest)


def _keeps_its_promise(delivery: Delivery) -> bool:
    """Whether the manifest, written last, says that everything is there: all files, each with its SHA-256."""
    if delivery.manifest is None or not delivery.manifest.files or delivery.missing:
        return False
    listed = [file for file in delivery.new if file.name in delivery.manifest.files]
    return all(file.promise.sha256 and file.promise.sha256 == _sha256(file.path, file.stamp) for file in listed)


@lru_cache(maxsize=1024)
def _sha256(path: Path, stamp: Stamp) -> str:
    """SHA-256 of a file that looks like `stamp`; '' when it cannot be read."""
    try:
        with open_regular(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InfrastructureError("E-INBOX", str(folder), error.strerror or "not readable") from error


def _with_status(entries: list[os.DirEntry[str]]) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
    """Entries with their status, never of a link's target; what vanished meanwhile is left out."""
    for entry in entries:
        with suppress(FileNotFoundError):
            yield entry, entry.stat(follow_symlinks=False)


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(name) if _DAY.fullmatch(name) else None
    except ValueError:
        return None


def _stray(where: str, expected: str) -> str:
    return f"E-FILE-NAME {where}: not taken, expected {expected}, rename or remove it"


def shown(name: str) -> str:
    """`name` for logs, messages and file names of ours: odd characters replaced, at most 80 long.

    One that was changed begins with a hash, so that two files never share it.
    """
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)[:80]
    return plain if plain == name else f"{hashlib.sha256(os.fsencode(name)).hexdigest()[:8]}-{plain[:71]}"
