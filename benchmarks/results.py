"""Recorded ratios of the benchmark: written to and read from RESULTS.md, and compared.

Belongs here: the table's form and the tolerance. Does not: measuring (night.py).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

RESULTS = Path(__file__).with_name("RESULTS.md")
TOLERANCE = 0.15
COLUMNS = "activities | step | CPU s | wall s | peak MB | disk MB | CPU over the bare script"
_LINE = re.compile(r"^\| (?P<rows>[\d,]+) \| (?P<step>[a-z ]+) \|.*\| (?P<ratio>[\d.]+) \|$")

Ratios = dict[tuple[int, str], float]  # CPU over that of the bare script, by activities and step


class Cost(NamedTuple):
    """CPU and wall seconds, peak memory in MB of the largest process, MB on disk afterwards."""

    cpu: float
    wall: float
    peak_mb: float
    disk_mb: float


def table(activities: int, costs: dict[str, Cost]) -> list[str]:
    """Lines of the table in RESULTS.md, which parse reads back."""
    bare = costs["bare script"].cpu
    lines = []
    for step, (cpu, wall, peak_mb, disk_mb) in costs.items():
        figures = f"{cpu:.1f} | {wall:.1f} | {peak_mb:.0f} | {disk_mb:.0f} | {cpu / bare:.2f}"
        lines.append(f"| {activities:,} | {step} | {figures} |")
    return lines


def parse(text: str) -> Ratios:
    """The recorded ratios in the text of RESULTS.md; lines of another form are prose."""
    found = (_LINE.match(line) for line in text.splitlines())
    return {(int(m["rows"].replace(",", "")), m["step"]): float(m["ratio"]) for m in found if m}


def worse(measured: Ratios, recorded: Ratios, tolerance: float = TOLERANCE) -> list[str]:
    """One line for every step that was never recorded, or whose ratio exceeds the recorded one by the tolerance."""
    lines = []
    for (rows, step), ratio in measured.items():
        before = recorded.get((rows, step))
        if before is None:
            lines.append(f"{rows:,} {step}: {ratio:.2f}, never recorded")
        elif ratio > before * (1 + tolerance):
            lines.append(f"{rows:,} {step}: {ratio:.2f}, recorded {before:.2f}, tolerance {tolerance:.0%}")
    return lines
