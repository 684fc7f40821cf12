"""One night as a user runs it: the `podium` command of this environment, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

PODIUM = Path(sys.executable).with_name("podium")


def run_night(inbox: Path, home: Path, config: Path, as_of: date | None = None) -> Path:
    """Run a night that must publish; returns the published database."""
    command: list[object] = [PODIUM, "run", "--inbox", inbox, "--home", home, "--config", config]
    command += ["--as-of", as_of] if as_of else []
    night = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert night.returncode == 0, f"exit code {night.returncode}\n{night.stdout}\n{night.stderr}"
    return home / "published" / "current" / "podium.duckdb"
