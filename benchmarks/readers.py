"""Reading threads during publishes: errors, torn reads (two releases in one connection) and stale ones, counted.

    python benchmarks/readers.py [--publishes N] [--readers N] [--pause SECONDS]

The releases are small and hand-made, so that swaps follow each other as fast as publishing allows; publishing itself
is Podium's own, with its proof, read-back and removal of old releases.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import duckdb

from pipelines.night import Night
from pipelines.release import certificate, chain, releases
from pipelines.release.content import content_sha256
from pipelines.release.publish import publish
from pipelines.settings import Config, Settings

TABLES = [f"table_{number}" for number in range(9)]
ROWS = 500
# Leaves the publisher a share of two cores; 0 keeps every core busy with reads.
PAUSE = 0.02


@dataclass
class Tally:
    """What the readers met. `stale`: a release older than the one current before the read began."""

    reads: int = 0
    torn: int = 0
    stale: int = 0
    errors: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


def race(home: Path, publishes: int = 20, readers: int = 8, pause: float = PAUSE) -> Tally:
    """Publish `publishes` releases after a first one while `readers` threads read, `pause` seconds between reads."""
    settings = Settings(home, home / "inbox", Config())
    publish_one(settings, 1)
    tally, lock, stop = Tally(), threading.Lock(), threading.Event()
    threads = [threading.Thread(target=read_until, args=(stop, pause, settings, tally, lock)) for _ in range(readers)]
    for thread in threads:
        thread.start()
    try:
        for number in range(2, publishes + 2):
            publish_one(settings, number)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    return tally


def publish_one(settings: Settings, number: int) -> None:
    """Make release `number` by hand and publish it as Podium does."""
    night = Night(f"v{number:06d}", releases.current_id(settings), date(2026, 1, 1), datetime(2026, 1, 1), False)
    publish(settings, hand_made(settings, night), night)


def hand_made(settings: Settings, night: Night) -> Path:
    """A sealed directory with tables that hold nothing but their release's id."""
    directory = settings.published / f".sealing-{night.release_id}"
    (directory / "parquet").mkdir(parents=True)
    with duckdb.connect(str(directory / "podium.duckdb")) as db:
        for table in TABLES:
            rows = f"select '{night.release_id}' as release_id, i as n from range({ROWS}) r(i)"
            db.execute(f"create table {table} as {rows}")
            db.execute(f"copy {table} to '{directory}/parquet/{table}.parquet'")
        content = content_sha256(db, TABLES)
    certificate.write(
        directory,
        {
            "release_id": night.release_id,
            "parent_release_id": night.previous_release_id,
            "as_of": night.as_of,
            "built_at": night.built_at,
            "promote": night.promote,
            "decision": "publish",
            "inputs": {"sha256": night.release_id, "deliveries": []},
            "tables": dict.fromkeys(TABLES, ROWS),
            "content_sha256": content,
            "checks_sha256": "hand-made",
            "checks": [{"check_id": "hand-made", "is_required": True, "rows_examined": ROWS, "verdict": "pass"}],
            "terms": [],
            "overrides": [],
            "acknowledgements": [],
            "ledger": chain.head_facts(settings),
            "profile": {},
        },
    )
    return directory


def read_until(stop: threading.Event, pause: float, settings: Settings, tally: Tally, lock: threading.Lock) -> None:
    """Read all tables of what `current` leads to, again and again, each time in a new connection."""
    while not stop.wait(pause):
        before = releases.current_id(settings)
        try:
            found = release_ids(releases.link(settings).resolve() / "podium.duckdb")
        except Exception as error:
            with lock:
                tally.errors.append(str(error))
            continue
        with lock:
            tally.reads += 1
            tally.torn += len(found) != 1
            tally.stale += min(found) < str(before)
            tally.seen |= found


def release_ids(database: Path) -> set[str]:
    with duckdb.connect(str(database), read_only=True) as db:
        return {row[0] for table in TABLES for row in db.execute(f"select distinct release_id from {table}").fetchall()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--publishes", type=int, default=20)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--pause", type=float, default=PAUSE, help="seconds between the reads of a thread")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        tally = race(Path(directory), asked.publishes, asked.readers, asked.pause)
    print(
        f"{asked.readers} readers, {asked.publishes} publishes: {tally.reads} reads of {len(tally.seen)} releases, "
        f"errors {len(tally.errors)}, torn {tally.torn}, stale {tally.stale}"
    )
    return bool(tally.errors or tally.torn or tally.stale)


if __name__ == "__main__":
    sys.exit(main())
