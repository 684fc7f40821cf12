"""Several processes at one home: two nights at once, readers during publishes, files held open, a lock left behind."""

from __future__ import annotations

import importlib.util
import shutil
import signal
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb

from pipelines.release import ledger
from pipelines.release.lock import night_lock
from pipelines.release.recovery import collect_garbage
from pipelines.settings import PROJECT_ROOT
from tests.faults import child, small_night
from tests.faults.place import NEW, OLD, Place

BUSY = 6


# 90: somebody has the build's file open for writing.
def held_open(place: Place) -> tuple[Path, child.Ended]:
    home = place.home()
    with duckdb.connect(str(home / "work" / "warehouse.duckdb")) as db:
        db.execute("create table somebody_was_here (x int)")
        return home, child.run(home)


def not_disturbed(place: Place, found: tuple[Path, child.Ended]) -> None:
    home, ended = found
    assert ended.exit_code == 0, ended.told
    assert small_night.content(home) == place.wanted
    small_night.check_sound(home)


# 91: two nights at once.
@dataclass(frozen=True)
class Two:
    home: Path
    first_pid: int
    first: child.Ended
    second: child.Ended


def two_nights(place: Place) -> list[Two]:
    """A second night while the first stays just before, and just after, the swap."""
    return [_two(place.home(point), place.root / f"{point}.go", point) for point in ("S8:1", "S10:1")]


def _two(home: Path, go: Path, point: str) -> Two:
    first = child.start(home, at=point, action=partial(child.wait_for, go))
    child.reached(go)
    second = child.run(home)
    go.touch()
    assert first.pid
    return Two(home, first.pid, child.end(first, home), second)


def one_publishes(place: Place, found: list[Two]) -> None:
    for two in found:
        assert two.second.exit_code == BUSY
        assert f"another run (process {two.first_pid}) is at work here" in two.second.last_line
        assert two.first.exit_code == 0
        rows = ledger.read(small_night.settings_of(two.home))
        assert [row["release_id"] for row in rows if row["kind"] == "published"][-2:] == [OLD, NEW]
        assert small_night.content(two.home) == place.wanted
        small_night.check_sound(two.home)


# 97: readers during publishes.
PUBLISHES, READERS = 20, 8


def benchmark() -> ModuleType:
    """benchmarks/readers.py, which is no package."""
    spec = importlib.util.spec_from_file_location("benchmark_readers", PROJECT_ROOT / "benchmarks" / "readers.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def readers(place: Place) -> Any:
    return benchmark().race(place.root / "home", publishes=PUBLISHES, readers=READERS, pause=0.2)


def never_torn(_place: Place, tally: Any) -> None:
    assert tally.errors == []
    assert (tally.torn, tally.stale) == (0, 0)
    assert len(tally.seen) > 1, "the readers read while releases changed"
    assert tally.reads >= PUBLISHES


# 98: a reader that stays while its release is removed.
def slow_reader(place: Place) -> tuple[list[str], list[str], list[tuple[str]]]:
    """What was removed, what is left, and what the reader of a removed release still reads."""
    home = place.home()
    for number in range(4, 8):
        shutil.copytree(home / "published" / OLD, home / "published" / f"v{number:06d}")
    with duckdb.connect(str(home / "published" / "v000001" / "podium.duckdb"), read_only=True) as reader:
        gone = collect_garbage(small_night.settings_of(home))
        read = reader.execute("select distinct release_id from sdr_ranking").fetchall()
    return gone, sorted(path.name for path in (home / "published").iterdir()), read


def reads_on(_place: Place, found: tuple[list[str], list[str], list[tuple[str]]]) -> None:
    gone, left, read = found
    assert gone == ["v000001", "v000004", "v000005", "v000006"]
    assert left == ["current", "v000002", OLD, "v000007"], "current and its predecessor stay"
    assert read == [("v000001",)]


# 107: a run that was cancelled, and one that was killed, while it held the lock.
def cancelled(place: Place) -> list[tuple[Path, child.Ended, child.Ended]]:
    found = []
    for number in (signal.SIGTERM, signal.SIGKILL):
        home, go = place.home(str(number)), place.root / f"{number}.go"
        holder = child.start(home, at="S4:1", action=partial(child.wait_for, go))
        child.reached(go)
        assert holder.pid
        holder.kill() if number == signal.SIGKILL else holder.terminate()
        found.append((home, child.end(holder, home), child.run(home)))
    return found


def next_one_starts(place: Place, found: list[tuple[Path, child.Ended, child.Ended]]) -> None:
    assert [ended.exit_code for _, ended, _ in found] == [130, -signal.SIGKILL]
    for home, _, again in found:
        assert again.exit_code == 0, again.told
        with night_lock(small_night.settings_of(home)):
            assert small_night.content(home) == place.wanted
        small_night.check_sound(home)
