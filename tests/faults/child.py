"""The small night in a process of its own, and what may be done to it at a named point.

The processes are forked from one that has loaded everything and opened nothing, so that hundreds of them are quick.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import click

from pipelines import crash
from pipelines.cli.failures import HOME, Group
from pipelines.cli.night import ended_on_time
from tests.faults import small_night

LOADED = [
    "duckdb",
    "pandas",
    "pyarrow.parquet",
    "dagster",
    "dbt.cli.main",
    "dbt.adapters.duckdb",
    "pipelines.assets.verdict",
    "pipelines.release.seal",
]
# A limit, not an expectation: a loaded machine is slow.
SECONDS = 120.0
MINUTES = SECONDS / 60

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(LOADED)

Action = Callable[[Path], None]


@dataclass(frozen=True)
class Ended:
    """How a night's process ended: its exit code, or minus the signal that killed it, and what it said on stderr."""

    exit_code: int
    told: str

    @property
    def last_line(self) -> str:
        return (self.told.strip().splitlines() or [""])[-1]


def start(
    home: Path,
    at: str = "",
    action: Action | None = None,
    first: Action | None = None,
    minutes: float = MINUTES,
    grace_seconds: float = SECONDS,
    **how: object,
) -> ForkServerProcess:
    """Start a night; at the point `at` the process dies, or does `action`. `first` is done before the night."""
    process = FORKS.Process(target=_night, args=(home, at, action, first, (minutes, grace_seconds), how))
    process.start()
    return process


def end(process: ForkServerProcess, home: Path, seconds: float = SECONDS) -> Ended:
    """Wait until it ended; what is still alive after `seconds` is killed and fails the test."""
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise AssertionError(f"still at work after {seconds:.0f} s")
    return Ended(process.exitcode, told_file(home).read_text("utf-8"))


def run(home: Path, at: str = "", action: Action | None = None, **how: object) -> Ended:
    return end(start(home, at, action, **how), home)  # type: ignore[arg-type]


def told_file(home: Path) -> Path:
    return home.with_name(home.name + ".told.txt")


def _night(home: Path, at: str, action: Action | None, first: Action | None, limits: tuple, how: dict) -> None:
    """What the process does: one night as `podium run` frames it, its errors told and turned into an exit code."""
    told = os.open(told_file(home), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_TRUNC, 0o600)
    os.dup2(told, 2)
    os.environ[crash.VARIABLE] = at
    if action:
        crash._die = partial(action, home)

    @click.group(cls=Group)
    def podium() -> None: ...

    @podium.command()
    def run() -> None:
        click.get_current_context().meta[HOME] = home
        with ended_on_time(*limits):
            if first:
                first(home)
            small_night.night(small_night.settings_of(home), **how)

    podium.main(["run"], standalone_mode=True)


def send(number: int, _home: Path) -> None:
    """A signal to the night itself, from outside as far as it can tell."""
    os.kill(os.getpid(), number)
    time.sleep(0.01)


def pause(_home: Path, seconds: float) -> None:
    time.sleep(seconds)


def wait_for(path: Path, _home: Path) -> None:
    """Say that the point was reached, and stay there until `path` is there."""
    with suppress(FileNotFoundError):
        path.with_suffix(".reached").touch()
    while not path.exists():
        time.sleep(0.01)


def reached(path: Path) -> None:
    """Wait until a night stays at its point under `wait_for`."""
    deadline = time.monotonic() + SECONDS
    while not path.with_suffix(".reached").exists():
        assert time.monotonic() < deadline, "the point was not reached"
        time.sleep(0.01)
