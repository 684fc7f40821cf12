"""Where the faults of section C are injected: copies of one home with three releases and a fourth delivery waiting."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pytest

from tests.faults import child, small_night

OLD, NEW = "v000003", "v000004"


@dataclass
class Place:
    """A folder of its own for one row, and the home it starts from, which is never changed."""

    template: Path
    root: Path
    mounted: list[Path] = field(default_factory=list)

    def home(self, name: str = "home") -> Path:
        """A fresh copy of the home."""
        return Path(shutil.copytree(self.template, self.root / name, symlinks=True))

    def small_disk(self, name: str, megabytes: int) -> Path:
        """A fresh copy of the home that is a disk of its own. Skips the test where none may be mounted."""
        home = self.root / name
        home.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(home)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("a small tmpfs cannot be mounted here: no right to")
        self.mounted.append(home)
        shutil.copytree(self.template, home, symlinks=True, dirs_exist_ok=True)
        return home

    def close(self) -> None:
        for home in self.mounted:
            subprocess.run(["umount", str(home)], check=True)

    @cached_property
    def dbt_project(self) -> Path:
        return small_night.write_dbt_project(self.root / "dbt")

    @property
    def wanted(self) -> str:
        """The content hash that every home must come to."""
        return (self.template.parent / "wanted.txt").read_text()


def make_template(place: Path) -> Path:
    """Three published nights and the delivery of a fourth; beside them, what the fourth comes to undisturbed."""
    template, undisturbed = place / "template", place / "undisturbed"
    template.mkdir()
    for number in (1, 2, 3):
        small_night.deliver(template, number)
        assert child.run(template).exit_code == 0
    small_night.deliver(template, 4)
    shutil.copytree(template, undisturbed, symlinks=True)
    assert child.run(undisturbed).exit_code == 0
    assert small_night.current(undisturbed) == NEW
    (place / "wanted.txt").write_text(small_night.content(undisturbed))
    return template
