"""A first night and the next one, as CPU and memory beside the bare script on the same files, in one run.

    python benchmarks/night.py [--activities N]

Every step is a process of its own; figures are the operating system's, the ratio is what to quote on a noisy machine.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

PODIUM = Path(sys.executable).with_name("podium")
BARE = Path(__file__).with_name("bare.py")


class Cost(NamedTuple):
    """CPU seconds (user and system) and peak memory in MB of one finished process with its children."""

    cpu: float
    peak_mb: float


def cost(*command: str | Path) -> Cost:
    """Run a command to its end and return what it cost. Raises RuntimeError when it fails."""
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"{command[0]} {command[1]} failed")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--activities", type=int, default=1_000_000)
    activities = parser.parse_args().activities
    with tempfile.TemporaryDirectory() as directory:
        home, drop = Path(directory) / "home", Path(directory) / "drop"
        cost(PODIUM, "demo", drop, "--activities", str(activities), "--nights", "2")
        days = sorted(path.name for path in drop.glob("*/*"))
        inbox = Path(directory) / "inbox" / "crm"
        inbox.mkdir(parents=True)
        (drop / "crm" / days[0]).rename(inbox / days[0])
        bare = cost(sys.executable, BARE, inbox.parent)
        first = cost(PODIUM, "run", "--home", home, "--inbox", inbox.parent)
        (drop / "crm" / days[1]).rename(inbox / days[1])
        following = cost(PODIUM, "run", "--home", home, "--inbox", inbox.parent)
    print(f"{activities:,} activities: CPU s, peak MB, times the bare script")
    for name, figures in (("bare script", bare), ("first night", first), ("next night", following)):
        print(f"{name:12} {figures.cpu:8.1f} {figures.peak_mb:8.0f} {figures.cpu / bare.cpu:6.1f}x")


if __name__ == "__main__":
    main()
