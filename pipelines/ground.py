"""Whether a home lies where a night can work: on a disk of this machine, and where Podium's user may write and give
files to those who are to read them.

Asked before anything is written. Whether there is room enough is room.py's.
"""

from __future__ import annotations

import grp
import os
from pathlib import Path

from pipelines.errors import UsageError
from pipelines.settings import Settings

_MOUNTS = Path("/proc/self/mountinfo")
# Their locks do not hold between machines, or are lost when the server restarts.
_SHARED = frozenset({"nfs", "nfs4", "cifs", "smb3", "afs", "ceph", "glusterfs", "fuse.sshfs"})
_OTHER = "make the group, or name another one in podium.yml"


def demand_ground(settings: Settings) -> None:
    """Raise UsageError `E-PERM` where a night could not write or lock, or not read the inbox; `E-GROUP` as below."""
    restricted_gid(settings)
    home = _nearest(settings.home)
    if _MOUNTS.is_file() and (kind := filesystem_of(home, _MOUNTS.read_text("utf-8"))) in _SHARED:
        what, do = f"lies on a network share ({kind}), where locks do not hold", "choose a home on a local disk"
        raise UsageError("E-PERM", str(settings.home), what, do=do)
    files = (settings.lock, settings.ledger, settings.ledger_head)
    for path in (home, *settings.private, settings.published, *files):
        if path.exists() and not _may(path, os.W_OK):
            raise _refusal(path, "cannot be written by Podium's user")
    if settings.inbox.exists() and not _may(settings.inbox, os.R_OK):
        raise _refusal(settings.inbox, "cannot be read by Podium's user")


def restricted_gid(settings: Settings) -> int:
    """The group that may open the restricted part of a release: `restricted_group`, without one Podium's own.

    Raises UsageError `E-GROUP` for a group that this machine does not know, or Podium's user may not give files to.
    """
    name = settings.config.restricted_group
    if name is None:
        return os.getegid()
    try:
        gid = grp.getgrnam(name).gr_gid
    except KeyError as error:
        raise UsageError("E-GROUP", "restricted_group", f"{name} is no group of this machine", do=_OTHER) from error
    if os.geteuid() != 0 and gid not in {os.getegid(), *os.getgroups()}:
        what = f"Podium's user is not in {name} and may not give files to it"
        raise UsageError("E-GROUP", "restricted_group", what, do="put the user into the group, or name another one")
    return gid


def filesystem_of(path: Path, mounts: str) -> str:
    """The kind of file system that `path` lies on, as the lines of mountinfo tell it; empty where they do not."""
    found = {}
    for line in mounts.splitlines():
        place, _, source = line.partition(" - ")
        # Blanks in names are written as octal numbers. Of two mounts at one place the later one is seen.
        found[place.split()[4].replace("\\040", " ")] = source.split()[0]
    real = path.resolve()
    return next((found[str(above)] for above in (real, *real.parents) if str(above) in found), "")


def _nearest(path: Path) -> Path:
    """The path, or the directory in which it would be made."""
    return next(above for above in (path, *path.parents) if above.exists())


def _may(path: Path, mode: int) -> bool:
    wanted = mode | os.X_OK if path.is_dir() else mode
    return os.access(path, wanted, effective_ids=os.access in os.supports_effective_ids)


def _refusal(path: Path, what: str) -> UsageError:
    return UsageError("E-PERM", str(path), what, do="see who owns it, and whether its disk is mounted read-only")
