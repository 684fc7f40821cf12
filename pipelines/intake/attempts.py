"""How often a run ended while it read a file: one that ends every run is set aside, so that the others come through.

Counts only what may be the file's doing: a process that died, or an error nobody foresaw. Refusing is land.py's matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.durable import make_directory
from pipelines.errors import FileRefused, PodiumError
from pipelines.intake.claim import Claim

MOST = 3


@contextmanager
def counted(claim: Claim) -> Iterator[None]:
    """Remember that `claim` is being read, until the block ends by itself or by what is not the file's doing.

    Raises FileRefused when runs ended over this file `MOST` times.
    """
    path = _path(claim)
    before = int(path.read_text()) if path.exists() else 0
    if before >= MOST:
        what = f"{before} runs ended while they read it"
        raise FileRefused("E-FILE-PARKED", claim.where, what, do="deliver it in other parts, and please report it")
    make_directory(path.parent)
    path.write_text(str(before + 1))
    try:
        yield
    except (PodiumError, OSError, KeyboardInterrupt):
        path.unlink(missing_ok=True)
        raise
    path.unlink(missing_ok=True)


def _path(claim: Claim) -> Path:
    return claim.settings.raw / "attempts" / f"{claim.sha256[:16]}-{claim.source}-{claim.delivered_on}"
