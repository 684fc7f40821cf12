"""What ends a night from outside at a chosen point: signals, a full disk, too little memory, a step that hangs.

Each is injected into the small night at one point or more of pipelines/crash.py; then a plain run follows.
"""

from __future__ import annotations

import errno
import os
import random
import re
import resource
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipelines import warehouse
from pipelines.release import ledger
from tests.faults import child, small_night
from tests.faults.place import NEW, OLD, Place

INFRASTRUCTURE, INTERRUPTED = 5, 130
# Usage, gate, refused file, lock: nothing that the machine did.
NOT_INFRASTRUCTURE = (2, 3, 4, 6)


@dataclass(frozen=True)
class Stopped:
    """One night that was stopped at a point, what readers saw then, and what the next plain run came to."""

    point: str
    home: Path
    ended: child.Ended
    ended_at: float
    seen: str | None
    rows: list[ledger.Row]
    left: list[str]
    again: child.Ended


def stop(
    home: Path, point: str, action: child.Action | None = None, repair: child.Action | None = None, **how: object
) -> Stopped:
    """Run a night with `action` at `point`, look at what it leaves, `repair`, and run again."""
    ended, ended_at = child.run(home, at=point, action=action, **how), time.time()
    seen, rows = small_night.current(home), ledger.read(small_night.settings_of(home))
    small_night.check_readable(home)
    left = [path.name for path in (home / "work").glob("*")] + [p.name for p in (home / "published").glob(".*")]
    if repair:
        repair(home)
    return Stopped(point, home, ended, ended_at, seen, rows, left, child.run(home, quick=True))


def converged(place: Place, stopped: Stopped) -> None:
    """The plain run after it came to what an undisturbed one does."""
    assert stopped.again.exit_code == 0, f"{stopped.point}: {stopped.again.told}"
    assert small_night.content(stopped.home) == place.wanted, stopped.point
    small_night.check_sound(stopped.home)


# 83: SIGTERM and Ctrl-C.
BEFORE_THE_SWAP = ("S0:1", "S1:2", "S3:2", "S4:3", "S6:1", "S7:2")
FROM_THE_SWAP = ("S9:1", "S10:1", "S11:1")


def signals(place: Place) -> list[tuple[Stopped, float]]:
    """A signal at each point, SIGTERM and SIGINT by turns, and the seconds the night lived on after it."""
    found = []
    for number, point in enumerate((*BEFORE_THE_SWAP, *FROM_THE_SWAP)):
        home, sent = place.home(point), place.root / f"{point}.sent"
        action = partial(send, signal.SIGTERM if number % 2 else signal.SIGINT, sent)
        stopped = stop(home, point, action)
        found.append((stopped, stopped.ended_at - float(sent.read_text())))
    return found


def send(number: int, sent: Path, _home: Path) -> None:
    sent.write_text(str(time.time()))
    os.kill(os.getpid(), number)
    time.sleep(0.01)


def interrupted_cleanly(place: Place, found: list[tuple[Stopped, float]]) -> None:
    for stopped, seconds in found:
        assert stopped.ended.exit_code == INTERRUPTED, stopped.point
        assert stopped.ended.last_line.startswith("I-INTERRUPTED"), stopped.point
        assert seconds < 10, f"{stopped.point}: {seconds:.1f} s"
        is_swapped = stopped.point in FROM_THE_SWAP
        assert stopped.seen == (NEW if is_swapped else OLD), stopped.point
        assert stopped.rows[-1]["kind"] == ("published" if is_swapped else "interrupted"), stopped.point
        converged(place, stopped)


# 86: a disk that is full from a point on, one per stage; and one that is too small from the start.
FULL_FROM = ("S1:1", "S2:2", "S4:2", "S4:3", "S7:1")
LEDGER_AT = "S10:2"
DISK_MEGABYTES = 48


def full_disks(place: Place) -> tuple[child.Ended, list[Stopped]]:
    small = place.small_disk("small", DISK_MEGABYTES)
    (small / "inbox" / "crm" / "2026-03-04" / "leads_2.csv").write_bytes(b"x" * 2_000_000)
    fill(small, leave=4_000_000)
    asked = child.run(small)
    disks = ((point, place.small_disk(point, DISK_MEGABYTES)) for point in FULL_FROM)
    stops = [stop(home, point, fill, repair=empty) for point, home in disks]
    return asked, [*stops, stop(place.home(LEDGER_AT), LEDGER_AT, half_a_row)]


def fill(home: Path, leave: int = 0) -> None:
    """Take all room of the disk but `leave` bytes."""
    room = os.statvfs(home)
    with (home / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
        ballast.write(bytes(max(0, room.f_bavail * room.f_frsize - leave)))
        while not leave:
            ballast.write(bytes(4096))


def half_a_row(home: Path) -> None:
    """Let the ledger grow by less than a row. A full disk would do so only where the row crosses a block."""
    limit = (home / "ledger.jsonl").stat().st_size + 50
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def empty(home: Path) -> None:
    (home / "ballast").unlink()


def full_told(place: Place, found: tuple[child.Ended, list[Stopped]]) -> None:
    asked, stops = found
    wanted = r"^E-DISK \S+: not enough room for this night, expected 6\.0 MB free, found [34]\.\d MB, free some space"
    assert re.search(wanted, asked.last_line), asked.told
    assert _archived(place.root / "small") == _archived(place.template), "nothing was copied before it was asked"
    for stopped in stops:
        told = f"{stopped.point}: {stopped.ended.told}"
        assert stopped.ended.exit_code == INFRASTRUCTURE, told
        assert stopped.ended.last_line.startswith("E-DISK "), told
        assert stopped.seen == (NEW if stopped.point == LEDGER_AT else OLD), told
        assert not {"warehouse.duckdb", "intake", "spill", ".sealing-v000004"} & set(stopped.left), told
        converged(place, stopped)


def _archived(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "archive").rglob("*") if path.is_file())


# 87: limits of the process. 88: memory.
LIMITED_AT = ("S1:1", "S4:2", "S7:1")


def small_files(_home: Path) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))


def few_handles(_home: Path) -> None:
    handles = len(list(Path("/proc/self/fd").iterdir()))
    resource.setrlimit(resource.RLIMIT_NOFILE, (handles + 1, handles + 1))


def little_memory(_home: Path) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + 4_000_000
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def limited(limits: tuple[child.Action, ...], place: Place) -> list[Stopped]:
    return [
        stop(place.home(f"{point}-{limit.__name__}"), point, limit, quick=True)
        for point in LIMITED_AT
        for limit in limits
    ]


def stopped_or_killed(place: Place, found: list[Stopped]) -> None:
    """Such a night ends as an infrastructure error or dies; some of them must, or nothing was injected."""
    for stopped in found:
        told = f"{stopped.point}: {stopped.ended}"
        assert stopped.ended.exit_code not in NOT_INFRASTRUCTURE, told
        assert stopped.seen == (NEW if stopped.ended.exit_code == 0 else OLD), told
        converged(place, stopped)
    assert sum(stopped.ended.exit_code != 0 for stopped in found) >= len(found) // 2


def memory_is_capped(place: Place, found: list[Stopped]) -> None:
    stopped_or_killed(place, found)
    path = place.root / "some" / "warehouse.duckdb"
    path.parent.mkdir()
    with warehouse.connect(path, memory_limit_mb=300) as db:
        asked = "select current_setting('memory_limit'), current_setting('temp_directory')"
        assert db.execute(asked).fetchone() == ("286.1 MiB", str(path.parent / "spill"))


# 82: killed at any file operation. 89: the N-th of them fails with an error of the disk.
OPERATIONS = ("fsync", "replace", "rename", "symlink", "mkdir", "unlink", "write", "open")
TRIALS = 8
SEED = 4711


def at_operation(number: int, count: Path | None, then: Callable[[], None], _home: Path) -> None:
    """Count what the night asks of the file system and do `then` in place of operation `number`."""
    done = 0

    def counted(operation: Callable[..., object]) -> Callable[..., object]:
        def instead(*arguments: object, **options: object) -> object:
            nonlocal done
            done += 1
            if count:
                count.write_text(str(done))
            elif done == number:
                then()
            return operation(*arguments, **options)

        return instead

    for name in OPERATIONS:
        setattr(os, name, counted(getattr(os, name)))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def at_operations(then: Callable[[], None], trials: int, place: Place) -> list[Stopped]:
    """`then` at `trials` operations of a night, drawn from all there are."""
    count = place.root / "count.txt"
    child.run(place.home("counted"), first=partial(at_operation, 0, count, then), quick=True)
    numbers = range(1, int(count.read_text()) + 1)
    drawn = sorted(random.Random(SEED).sample(numbers, min(trials, len(numbers))))
    print(f"{len(drawn)} of {len(numbers)} operations drawn, seed {SEED}")
    return [
        stop(place.home(f"op-{number}"), str(number), first=partial(at_operation, number, None, then), quick=True)
        for number in drawn
    ]


def never_a_false_success(place: Place, found: list[Stopped]) -> None:
    """Killed or failed at any operation: readers are on a whole release, and the next run converges."""
    for stopped in found:
        told = f"operation {stopped.point}: {stopped.ended}"
        assert stopped.ended.exit_code != 0 or stopped.seen == NEW, told
        converged(place, stopped)


# 106: a step that hangs.
def hang(_home: Path) -> None:
    time.sleep(600)


def hang_deaf(_home: Path) -> None:
    while True:
        with suppress(BaseException):
            time.sleep(600)


def hung(place: Place) -> list[Stopped]:
    limit = {"minutes": 2 / 60, "grace_seconds": 2}
    return [stop(place.home(action.__name__), "S0:2", action, **limit) for action in (hang, hang_deaf)]


def timed_out(place: Place, found: list[Stopped]) -> None:
    for stopped in found:
        assert stopped.ended.exit_code == INFRASTRUCTURE, stopped.ended.told
        assert stopped.ended.last_line.startswith("E-TIMEOUT podium run: still at work after "), stopped.ended.told
        assert stopped.seen == OLD
        converged(place, stopped)
