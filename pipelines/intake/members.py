"""A zip archive's claim into claims on its members: from then on each is a delivered file like any other.

What an archive may hold is for zipped.py.
"""

from __future__ import annotations

from dataclasses import replace

from pipelines.intake import zipped
from pipelines.intake.claim import Claim
from pipelines.intake.manifest import parts_of
from pipelines.intake.names import entity_of, within
from pipelines.intake.receipts import Promise
from pipelines.intake.zipped import Member


def members_of(claim: Claim) -> list[Claim]:
    """Claims on all files of an archive. Raises FileRefused when one of them is nothing to take."""
    found = zipped.members(claim.archived, claim.where)
    return [
        replace(
            claim,
            file_name=within(claim.file_name, member.name),
            sha256=member.sha256,
            promise=_promise(claim.promise, member, is_alone=len(found) == 1),
            container=claim.sha256,
        )
        for member in found
    ]


def _promise(archive: Promise, member: Member, is_alone: bool) -> Promise:
    """What the manifest says about a member: its archive's bytes are its own, its archive's rows if it is alone."""
    return Promise(
        mode=archive.mode,
        version=archive.version,
        rows=archive.rows if is_alone else None,
        sha256=member.sha256 if archive.sha256 else None,
        parts=parts_of(entity_of(member.name), archive.parts),
    )
