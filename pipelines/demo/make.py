"""`make_demo`: arguments in, deliveries on disk, a summary back.

Belongs here: what is asked for and where it goes. Does not: anything of the world itself (world.py).
"""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from pipelines.demo import stories
from pipelines.demo.clock import LAST_DELIVERY
from pipelines.demo.world import Size, World, build
from pipelines.demo.write import MANIFEST, WrittenFile, write_delivery
from pipelines.errors import UsageError

SOURCE = "crm"
FEWEST_MONTHS, MOST_MONTHS = 3, 120
# The first delivery needs some history behind it.
LEAST_DAYS_BEFORE_FIRST_NIGHT = 31
FEWEST_ACTIVITIES = 1_000
UNFINISHED = ".unfinished"

log = logging.getLogger("podium.demo")


@dataclass(frozen=True)
class DemoSummary:
    """What was made. `rows` counts delivered records by entity, broken and duplicated ones included; `cast` names who
    plays which part of `stories.STORIES`, by user id."""

    directory: Path
    delivered_on: tuple[date, ...]
    people: int
    rows: dict[str, int]
    files: int
    size: int
    cast: dict[str, str]


def make_demo(
    directory: Path,
    people: int = 50,
    months: int = 24,
    nights: int = 1,
    seed: int = 7,
    activities: int | None = None,
) -> DemoSummary:
    """Writes a living CRM of `people` over `months` as deliveries `<directory>/crm/<date>/`.

    The last of `nights` deliveries is always 2026-09-17; the first one holds everything so far, each later one what
    was created or changed on its day. `activities` sets how many there are (default about 33 per person and month);
    leads and, where it is very many, people follow. The same arguments give the same bytes. A delivery that is already
    there, byte for byte, is left alone.

    Raises UsageError for a size that makes no company, or where another delivery of the same date exists.
    """
    _check(people, months, nights, seed, activities)
    world = build(Size.of(people, months, activities), seed)
    dates = tuple(LAST_DELIVERY - timedelta(days=nights - 1 - night) for night in range(nights))
    files = []
    for night, delivered_on in enumerate(dates):
        made = _deliver(world, directory / SOURCE, delivered_on, night)
        log.info("%d/%d %s %s rows", night + 1, nights, delivered_on, f"{sum(file.rows for file in made):,}")
        files += made
    rows: Counter[str] = Counter()
    for file in files:
        rows[file.entity] += file.rows
    cast = {name: f"U{user + 1:04d}" for name, user in world.company.cast.items()}
    return DemoSummary(
        directory, dates, world.company.size, dict(rows), len(files), sum(file.size for file in files), cast
    )


def _check(people: int, months: int, nights: int, seed: int, activities: int | None) -> None:
    most_nights = months * 28 - LEAST_DAYS_BEFORE_FIRST_NIGHT
    limits = (
        ("--people", people, stories.SMALLEST_COMPANY, None),
        ("--months", months, FEWEST_MONTHS, MOST_MONTHS),
        ("--nights", nights, 1, most_nights),
        ("--seed", seed, 0, None),
        ("--activities", FEWEST_ACTIVITIES if activities is None else activities, FEWEST_ACTIVITIES, None),
    )
    for option, value, least, most in limits:
        if value < least or (most is not None and value > most):
            allowed = f"at least {least}" if most is None else f"{least} to {most}"
            raise UsageError("E-DEMO", option, "no demo of this size", expected=allowed, found=str(value))


def _deliver(world: World, source: Path, delivered_on: date, night: int) -> list[WrittenFile]:
    """Writes one delivery beside its place and moves it there whole, so that nobody takes half of it."""
    unfinished, folder = source / UNFINISHED, source / delivered_on.isoformat()
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    files = write_delivery(world, unfinished, delivered_on, night)
    if not folder.exists():
        unfinished.rename(folder)
        return files
    same = _manifest(folder) == _manifest(unfinished)
    shutil.rmtree(unfinished)
    if not same:
        raise UsageError(
            "E-DEMO-EXISTS",
            f"{SOURCE}/{delivered_on}",
            "another delivery is already there",
            do="choose an empty directory, or remove it",
        )
    return files


def _manifest(folder: Path) -> bytes | None:
    path = folder / MANIFEST
    return path.read_bytes() if path.is_file() else None
