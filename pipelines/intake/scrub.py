"""Proves the archive: every file in it holds the bytes it is named by, and no claimed one is missing. Reads only.

What a night does about a damaged file is landings.py's: it never loads one.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.errors import InfrastructureError
from pipelines.intake import archive, claims
from pipelines.settings import Settings


def damaged(settings: Settings) -> Iterator[str]:
    """One line for each archived file that is not as delivered, or that was claimed and is not there."""
    claimed = {claim.container or claim.sha256: claim.where for claim in claims.recorded(settings)}
    for sha256 in sorted(claimed.keys() | archive.stored(settings.archive)):
        try:
            archive.demand_sound(settings.archive, sha256, claimed.get(sha256, "a manifest"))
        except InfrastructureError as error:
            yield str(error)
