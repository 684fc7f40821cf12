"""A first night, the next one and one with a late row: CPU, wall, memory and disk beside the bare script, in one run.

    python -m benchmarks.night [--activities N ...] [--record]

Every step is a process of its own; figures are the operating system's, the ratio is what to quote on a noisy machine.
Belongs here: measuring and printing. Does not: what was recorded and what counts as worse (results.py).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.results import COLUMNS, RESULTS, Cost, Ratios, parse, table, worse

PODIUM = Path(sys.executable).with_name("podium")
BARE = Path(__file__).with_name("bare.py")
STEPS = ("first night", "next night", "late row")
DEFAULT_SIZES = [100_000, 1_000_000]


def cost(command: list[str | Path], home: Path | None = None) -> Cost:
    """Run a command to its end and return what it cost. Raises RuntimeError when it fails."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([str(part) for part in command], stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        if process.returncode != 0:
            raise RuntimeError(f"{command[0]} {command[1]} failed:\n{said.read()[-2_000:].decode(errors='replace')}")
    wall = time.monotonic() - started
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, size_mb(home) if home else 0.0)


def size_mb(folder: Path) -> float:
    """What the files under a folder take on disk."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*")) / 2**20


def add_late_row(delivery: Path, history: Path) -> None:
    """Append to a delivery one activity of the first day of the history, and tell its manifest."""
    oldest = next(path for name in ("activities.csv", "activities_1.csv") if (path := history / name).exists())
    with oldest.open(encoding="utf-8") as lines:
        header, row = next(lines).rstrip("\n").split(","), next(lines).rstrip("\n").split(",")
    row[header.index("activity_id")] = "T999999999"
    row[header.index("updated_at")] = f"{delivery.name}T12:00:00Z"
    target, manifest = delivery / "activities.csv", delivery / "_manifest.json"
    target.write_text(target.read_text("utf-8") + ",".join(row) + "\n", "utf-8")
    told = json.loads(manifest.read_text("utf-8"))
    told["files"][target.name]["rows"] += 1
    told["files"][target.name]["sha256"] = hashlib.sha256(target.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(told), "utf-8")


def measure(activities: int) -> dict[str, Cost]:
    """The cost of making the drop, of the bare script over its first delivery, and of the three nights."""
    with tempfile.TemporaryDirectory() as directory:
        home, drop, inbox = (Path(directory) / name for name in ("home", "drop/crm", "inbox/crm"))
        asked = ["--activities", str(activities), "--nights", str(len(STEPS))]
        costs = {"demo": cost([PODIUM, "demo", drop.parent, *asked], drop)}
        days = sorted(path.name for path in drop.iterdir())
        add_late_row(drop / days[-1], drop / days[0])
        inbox.mkdir(parents=True)
        for step, day in zip(STEPS, days, strict=True):
            (drop / day).rename(inbox / day)
            if step == STEPS[0]:
                costs["bare script"] = cost([sys.executable, BARE, inbox.parent])
            costs[step] = cost([PODIUM, "run", "--home", home, "--inbox", inbox.parent], home)
    return costs


def record(lines: list[str]) -> None:
    """Write the table with the machine, the date and the commit. Raises CalledProcessError outside a git checkout."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True).stdout
    head = f"# Recorded benchmark\n\n{platform.machine()}, {os.cpu_count()} cores, {datetime.now(UTC):%Y-%m-%d}, "
    text = f"{head}commit {commit.strip()}\n\n| {COLUMNS} |\n|---|---|---|---|---|---|---|\n"
    RESULTS.write_text(text + "\n".join(lines) + "\n", "utf-8")


def main() -> int:
    """Measure, print, and record or compare. Returns 1 when a night became dearer than recorded."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--activities", type=int, nargs="+", default=DEFAULT_SIZES)
    parser.add_argument("--record", action="store_true", help="write RESULTS.md instead of comparing with it")
    asked = parser.parse_args()
    lines: list[str] = []
    for activities in asked.activities:
        lines += table(activities, measure(activities))
    print(COLUMNS, *lines, sep="\n")
    if asked.record:
        record(lines)
        return 0
    measured: Ratios = {key: ratio for key, ratio in parse("\n".join(lines)).items() if key[1] in STEPS}
    complaints = worse(measured, parse(RESULTS.read_text("utf-8")) if RESULTS.exists() else {})
    print(*complaints, sep="\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
