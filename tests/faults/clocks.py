"""Section C: the machine's clock jumps by a day while a night runs, or was ahead when files arrived."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipelines import night
from pipelines.intake import scan
from pipelines.intake.take import take_deliveries
from pipelines.release import decisions, ledger, releases, seal
from tests.faults import child, small_night
from tests.faults.place import NEW, OLD, Place
from tests.unit.intake.intake_home import Home, leads

DAY = 86_400
AT = ("S1:1", "S4:1", "S7:2", "S9:1")
TELL_TIME: tuple[Any, ...] = (night, ledger, seal, decisions)


class Clock(datetime):
    """A clock that is `ahead`, by less than nothing when it is behind."""

    ahead = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + cls.ahead


def jump(seconds: int, _home: Path) -> None:
    """Every clock but the monotonic one is another from here on, in this process alone."""
    Clock.ahead = timedelta(seconds=seconds)
    for module in TELL_TIME:
        module.datetime = Clock
    real = time.time
    time.time = lambda: real() + seconds


@dataclass(frozen=True)
class Jumped:
    """How a night ended whose clock jumped, and the plain run after it, on the right clock again."""

    home: Path
    ended: child.Ended
    again: child.Ended


# 102
def jumps(place: Place) -> tuple[list[Jumped], list[int]]:
    found = []
    for point in AT:
        for seconds in (DAY, -DAY):
            home = place.home(f"{point}{seconds:+}")
            ended = child.run(home, at=point, action=partial(jump, seconds), quick=True)
            found.append(Jumped(home, ended, child.run(home, quick=True)))
    return found, _files_of_tomorrow(place.root / "tomorrow")


def _files_of_tomorrow(folder: Path) -> list[int]:
    """Rows taken from a file that arrived while the clock was a day ahead, untouched, and touched while watched."""
    taken = []
    for number, touch in enumerate((None, lambda path: path.write_text(leads(3)))):
        home = Home(folder / str(number), quiet_seconds=60)
        path = home.deliver("leads.csv", leads(2))
        with pytest.MonkeyPatch.context() as patch:
            watched = iter((0.0, 1.0, 61.0, 62.0))
            patch.setattr(scan.time, "monotonic", lambda times=watched: next(times))
            patch.setattr(scan.time, "sleep", partial(_meanwhile, path, touch))
            patch.setattr(scan.time, "time", partial(_a_day_ago, time.time()))
            taken.append(sum(receipt.rows_loaded for receipt in take_deliveries(home.settings).files))
    return taken


def _meanwhile(path: Path, touch: Callable[[Path], object] | None, _seconds: float) -> None:
    if touch:
        touch(path)


def _a_day_ago(now: float) -> float:
    return now - DAY


def nothing_hangs_on_it(place: Place, found: tuple[list[Jumped], list[int]]) -> None:
    nights, taken = found
    for one in nights:
        assert (one.ended.exit_code, one.again.exit_code) == (0, 0), one.ended.told + one.again.told
        assert small_night.content(one.home) == place.wanted
        small_night.check_sound(one.home)
        settings = small_night.settings_of(one.home)
        kept = releases.list_releases(settings)
        assert [release.release_id for release in kept][-2:] == [OLD, NEW]
        assert kept[-1].as_of == date(2026, 3, 4)
        told = [row["at"] for row in ledger.read(settings)]
        off = [abs(datetime.fromisoformat(at) - datetime.now(UTC)) > timedelta(hours=12) for at in told]
        assert any(off), "the clock did not jump"
    assert taken == [2, 0]
