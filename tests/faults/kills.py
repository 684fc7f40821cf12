"""Rows 70 to 81 of the catalogue, one per step of pipelines/crash.py: killed at each of its points, then run again.

The rows are made from the registry: a new step has no row in TITLES and fails the tests.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipelines.crash import STEPS
from tests.faults import child, small_night
from tests.faults.fault import Fault
from tests.faults.place import NEW, OLD, Place

FIRST_NUMBER = 70
# What the step leaves behind, and what the next plain run makes of it.
TITLES = {
    "S0": ("killed while claiming", "nothing durable; claimed again"),
    "S1": ("killed while archiving", "draft dropped and copied again; the inbox is never touched"),
    "S2": ("killed while parsing", "nothing durable; same verdict again"),
    "S3": ("killed while rows enter raw", "absent or applied unacknowledged; loaded once"),
    "S4": ("killed while the as-of state is laid", "work file made afresh"),
    "S5": ("killed during dbt build", "half-built private file and stale target removed, built again"),
    "S6": ("killed around the audit", "a build without certificate is no candidate; a held one is written down once"),
    "S7": ("killed while sealing", "certificate never completed by guess; sealed again"),
    "S8": ("killed around the move", "proven again and published"),
    "S9": ("killed around the swap", "the pointer is the truth, the ledger is completed"),
    "S10": ("killed around the read-back", "read back first thing next run"),
    "S11": ("killed around ledger and removal", "row completed once, current and predecessor never removed"),
}
# From here on readers see the new release.
SWAPPED = ("S9:2", "S10:1", "S10:2", "S11:1", "S11:2")
# Points that only a night passes which the gate holds.
HOLDING = ("S6:3", "S6:4", "S6:5")


@dataclass(frozen=True)
class Killed:
    """One kill: how the process ended, what readers saw then, and how the next plain run ended."""

    point: str
    home: Path
    exit_code: int
    seen: str | None
    seen_content: str
    again: child.Ended


def points(step: str) -> list[str]:
    return [f"{step}:{number}" for number in range(1, len(STEPS[step]) + 1)]


def kill_at_each_point(step: str, place: Place) -> list[Killed]:
    return [kill(place, point) for point in points(step)]


def kill(place: Place, point: str) -> Killed:
    home = place.home(point)
    how = {"dbt_project": place.dbt_project} if point.startswith("S5:") else {}
    ended = child.run(home, at=point, **how, is_good=point not in HOLDING)
    seen, seen_content = small_night.current(home), small_night.content(home)
    # Reading back in a fresh process is judged where it was cut off; elsewhere it would only cost time.
    again = child.run(home, **how, quick=not point.startswith("S10:"))
    return Killed(point, home, ended.exit_code, seen, seen_content, again)


def converges(place: Place, kills: list[Killed]) -> None:
    """Killed indeed, readers on a whole release, and the next run comes to what an undisturbed one does."""
    for killed in kills:
        assert killed.exit_code == -signal.SIGKILL, f"{killed.point} was not passed"
        assert killed.seen == (NEW if killed.point in SWAPPED else OLD), killed.point
        assert (killed.seen_content == place.wanted) == (killed.point in SWAPPED), killed.point
        assert killed.again.exit_code == 0, f"{killed.point}: {killed.again.told}"
        assert small_night.content(killed.home) == place.wanted, killed.point
        small_night.check_sound(killed.home)


KILLS = tuple(
    Fault("C", FIRST_NUMBER + number, *TITLES.get(step, (step, "")), partial(kill_at_each_point, step), converges)
    for number, step in enumerate(STEPS)
)
