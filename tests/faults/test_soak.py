"""Whole nights on a demo CRM, killed at random moments: `make soak`.

SOAK_KILLS says how many, SOAK_SEED which; both are printed. Every part of a night is drawn as often as another,
however short it is.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from pipelines.release import certificate
from tests.end_to_end.homes import PODIUM, Home, environment, make_home
from tests.faults.races import benchmark

KILLS = int(os.environ.get("SOAK_KILLS", "100"))
SEED = int(os.environ.get("SOAK_SEED") or random.SystemRandom().randrange(10**6))
PARTS = ("run", "intake", "dbt", "gate", "release")  # as the progress of a night names them
POLL = 0.02


@dataclass(frozen=True)
class Undisturbed:
    """A home with one release and a delivery waiting; what its next night comes to, and a part's seconds."""

    home: Home
    content: str
    seconds: float


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    place = tmp_path_factory.mktemp("soak")
    make_home(place)
    home = Home(place / "home", tuple(sorted((place / "drop").glob("*/*"))[1:]))
    home.deliver(0)
    done = home.copy(place / "undisturbed")
    started = time.monotonic()
    done.podium("run")
    seconds = (time.monotonic() - started) / len(PARTS)
    return Undisturbed(home, done.certificate()["content_sha256"], seconds)


@pytest.mark.soak
def test_whole_nights_killed_at_random_moments_converge(undisturbed: Undisturbed, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    print(f"\nsoak: {KILLS} kills, seed {SEED}")
    killed = finished = 0
    while killed < KILLS:
        home = undisturbed.home.copy(tmp_path / "home")
        part, after = chance.choice(PARTS), chance.uniform(0, undisturbed.seconds)
        if _killed(home, part, after):
            killed += 1
            seen = _seen(home)
            home.podium("run")
            moment = f"{after:.2f} s after {part} began"
            assert home.certificate()["content_sha256"] == undisturbed.content, f"seed {SEED}, {moment}"
            _told_once(home)
            print(f"soak: {killed} killed {moment}, readers saw {seen}, then {home.ledger()[-1]['kind']}", flush=True)
        else:
            finished += 1
        subprocess.run(["rm", "-rf", home.path], check=True)
    print(f"soak: {killed} nights killed, {finished} ended before their moment, bad states 0, seed {SEED}")


@pytest.mark.soak
def test_readers_during_a_thousand_publishes(tmp_path: Path) -> None:
    tally = benchmark().race(tmp_path / "home", publishes=1000, readers=8, pause=0.2)
    print(f"soak: {tally.reads} reads of {len(tally.seen)} releases, {tally.torn} torn, {len(tally.errors)} errors")
    assert tally.errors == []
    assert (tally.torn, tally.stale) == (0, 0)


def _killed(home: Home, part: str, after: float) -> bool:
    """Start a night in a process group of its own and kill it `after` seconds into `part`; whether it still ran."""
    progress = home.path / "killed.txt"
    with progress.open("w") as log:
        night = subprocess.Popen(
            [PODIUM, "run", "--home", home.path], stdout=log, stderr=log, env=environment(), start_new_session=True
        )
    while night.poll() is None and f" {part} " not in progress.read_text():
        time.sleep(POLL)
    try:
        night.wait(timeout=after)
    except subprocess.TimeoutExpired:
        os.killpg(night.pid, signal.SIGKILL)
    return night.wait() == -signal.SIGKILL


def _seen(home: Home) -> str:
    """The release that a reader finds right after the kill: whole, certified, of one id."""
    directory = (home.path / "published" / "current").resolve()
    certificate.verify(directory)
    with duckdb.connect(str(directory / "podium.duckdb"), read_only=True) as db:
        tables = [name for (name,) in db.execute("select table_name from duckdb_tables()").fetchall()]
        seen = {row for table in tables for row in db.execute(f"select distinct release_id from {table}").fetchall()}
    assert seen == {(directory.name,)}
    return directory.name


def _told_once(home: Home) -> None:
    told = [row["release_id"] for row in home.ledger() if row["kind"] != "nothing_new"]
    assert sorted(told) == sorted(set(told))
