"""A home under test: what arrives in it, what is run on it, what it holds. What must be true of it, tests say."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipelines.settings import DBT_PROJECT

PODIUM = Path(sys.executable).with_name("podium")
PEOPLE, MONTHS, NIGHTS, SEED = 24, 14, 3, 7


@dataclass(frozen=True)
class Home:
    """A home under test and the deliveries of the demo that have not arrived in it yet, oldest first."""

    path: Path
    later: tuple[Path, ...]

    def copy(self, to: Path) -> Home:
        """The same home elsewhere: nothing in a home depends on where it lies."""
        shutil.copytree(self.path, to, symlinks=True)
        return Home(to, self.later)

    def deliver(self, number: int = 0) -> Path:
        """Let the delivery `later[number]` arrive; returns its folder in the inbox."""
        source = self.later[number]
        return Path(shutil.copytree(source, self.path / "inbox" / source.parent.name / source.name))

    def podium(self, *arguments: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        """Run `podium` on this home in a process of its own and check its exit code."""
        done = subprocess.run(
            [PODIUM, *arguments, "--home", self.path], capture_output=True, text=True, env=environment(), timeout=300
        )
        assert done.returncode == expect, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `podium` on this home; its progress can be read from stderr."""
        return subprocess.Popen(
            [PODIUM, *arguments, "--home", self.path],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )

    @property
    def current(self) -> str:
        return (self.path / "published" / "current").readlink().name

    def certificate(self, release_id: str = "current") -> dict[str, Any]:
        return dict(json.loads((self.path / "published" / release_id / "certificate.json").read_text()))

    def ledger(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.path / "ledger.jsonl").read_text().splitlines()]

    def published_bytes(self) -> dict[str, bytes | str]:
        """Everything under published/: bytes of files, targets of links."""
        published = self.path / "published"
        return {
            str(path.relative_to(published)): str(path.readlink()) if path.is_symlink() else path.read_bytes()
            for path in sorted(published.rglob("*"))
            if path.is_symlink() or path.is_file()
        }


def exposed_tables(*names: str) -> set[str]:
    """The tables of a release, as the project's exposures list them: of all, or of those named."""
    marts = DBT_PROJECT / "models" / "marts"
    exposures = yaml.safe_load((marts / "_exposures.yml").read_text("utf-8"))["exposures"]
    chosen = [exposure for exposure in exposures if not names or exposure["name"] in names]
    return {reference.split("'")[1] for exposure in chosen for reference in exposure["depends_on"]}


def environment() -> dict[str, str]:
    """The environment without what would lead Podium or Dagster elsewhere."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PODIUM_", "DAGSTER_", "DBT_"))}


def make_home(place: Path) -> None:
    """Write the demo's deliveries, let the first arrive in a home, run the night."""
    from pipelines.demo import make_demo

    drop, home = place / "drop", place / "home"
    make_demo(drop, people=PEOPLE, months=MONTHS, nights=NIGHTS, seed=SEED)
    home.mkdir()
    (home / "podium.yml").write_text("quiet_seconds: 0\n")
    first = min(drop.glob("*/*"))
    shutil.copytree(first, home / "inbox" / first.parent.name / first.name)
    done = Home(home, ()).podium("run")
    (place / "first-run.txt").write_text(done.stdout)
    (place / "first-run-progress.txt").write_text(done.stderr)
