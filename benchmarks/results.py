"""Recorded ratios of the benchmark: written to and read from RESULTS.md, and compared.

Belongs here: the table's form and the tolerance. Does not: measuring (night.py).
"""

from __future__ import annotations

import re
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
TOLERANCE = 0.15
_LINE = re.compile(r"^\| (?P<rows>[\d,]+) \| (?P<step>[a-z ]+) \|.*\| (?P<ratio>[\d.]+) \|$")

Ratios = dict[tuple[int, str], float]  # CPU over that of the bare script, by activities and step


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
