"""Section C: a home that Podium's user may not write, or that lies on a disk of another machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from pipelines import ground
from pipelines.errors import UsageError
from tests.faults import child, small_night
from tests.faults.place import NEW, OLD, Place

NOBODY = 65534
MOUNTS = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 22 0:40 / {} rw,relatime shared:1 - nfs4 server:/export rw\n"


@dataclass(frozen=True)
class Grounds:
    """How nights ended on a disk mounted read-only and as a foreign user, and how its owner's look at the home did."""

    read_only: child.Ended
    stood: str | None
    writable_again: child.Ended
    foreign: child.Ended
    own: child.Ended
    on_a_share: str


# 109
def bad_grounds(place: Place) -> Grounds:
    if os.getuid():
        pytest.skip("only root can mount disks and be somebody else")
    disk = place.small_disk("disk", 64)
    _remount(disk, "ro")
    read_only, stood = child.run(disk), small_night.current(disk)
    _remount(disk, "rw")
    # Tests' own folders are closed to others, whatever Podium does.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        home = Path(shutil.copytree(place.template, Path(folder) / "home", symlinks=True))
        foreign = child.run(home, first=become_nobody)
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", str(home)], check=True)
        own = child.run(home, first=only_look)
    return Grounds(read_only, stood, child.run(disk), foreign, own, _on_a_share(place.home("share")))


def _remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


def become_nobody(_home: Path) -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def only_look(home: Path) -> None:
    """Look at the ground as that user and end: Python's own files may not be readable for him, as a night needs."""
    become_nobody(home)
    ground.demand_ground(small_night.settings_of(home))
    raise click.exceptions.Exit(0)


def _on_a_share(home: Path) -> str:
    """What is said of a home under a mount of another machine's disk."""
    mounts = home.with_name("mountinfo")
    mounts.write_text(MOUNTS.format(home.parent))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ground, "_MOUNTS", mounts)
        with pytest.raises(UsageError) as refused:
            ground.demand_ground(small_night.settings_of(home))
    return str(refused.value)


def refused_before_the_night(place: Place, found: Grounds) -> None:
    for ended in (found.read_only, found.foreign):
        assert ended.exit_code == 2, ended.told
        (line,) = ended.told.splitlines()
        assert line.startswith("E-PERM /")
        assert "cannot be written by Podium's user" in line
    assert found.stood == OLD
    assert (found.writable_again.exit_code, small_night.current(place.root / "disk")) == (0, NEW)
    assert found.own.exit_code == 0, found.own.told
    assert found.on_a_share.startswith(f"E-PERM {place.root / 'share'}: lies on a network share (nfs4)")
