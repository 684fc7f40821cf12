"""Proves that the ledger is the one Podium wrote, and that every release is the one it speaks of.

Three witnesses: each row names the hash of the row before it, `ledger.head` names the last row, and each certificate
names the row that was the last when it was sealed. Writing rows is ledger.py's part, damaged releases recovery's.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from pipelines.errors import PodiumError
from pipelines.release import ledger, releases
from pipelines.release.ledger import GENESIS, Head, broken
from pipelines.release.releases import Release
from pipelines.settings import Settings


@dataclass(frozen=True)
class Proof:
    """What was proven: rows of the chain, and releases whose certificate is the one that was published."""

    rows: int
    releases: int


def verify(settings: Settings) -> Proof:
    """Prove chain and certificates. Raises LedgerBroken `E-AUDIT-CHAIN at n` for the first row that does not hold.

    A release with an unreadable certificate is left to recovery, which sets it aside; one without a row is left to it
    too, for a night can be killed between the swap and the row.
    """
    kept = ledger.lines(settings)
    rows = _linked(kept)
    ledger.demand_end(kept, ledger.head(settings))
    placed = {row["release_id"]: number for number, row in enumerate(rows, 1) if row["kind"] in ledger.PLACED_KINDS}
    found = releases.list_releases(settings)
    for release in found:
        _demand_head(kept, release)
        if release.release_id in placed:
            _demand_certificate(placed[release.release_id], rows, release)
    return Proof(len(rows), len(found))


def verify_all(settings: Settings) -> Proof:
    """`verify`, and no certificate may be unreadable: for a person who asks, not for a night that can recover."""
    for directory in releases.release_directories(settings):
        try:
            Release.at(directory)
        except PodiumError as error:
            raise broken(len(ledger.lines(settings)), str(error)) from error
    return verify(settings)


def head_facts(settings: Settings) -> dict[str, Any]:
    """Where the ledger ends now, as a certificate keeps it."""
    return asdict(ledger.end_of(ledger.lines(settings)))


def _linked(kept: list[bytes]) -> list[ledger.Row]:
    """The rows, each of which must follow from the line before it."""
    rows, before = [], GENESIS
    for number, line in enumerate(kept, start=1):
        row = ledger.parsed(line)
        if row is None:
            raise broken(number, "this line is no row")
        if row.get("prev_sha") != before:
            raise broken(number, f"row {number} does not follow from row {number - 1}: one was changed, lost or added")
        rows.append(row)
        before = ledger.sha256_of_line(line)
    return rows


def _demand_head(kept: list[bytes], release: Release) -> None:
    known = Head(**release.facts["ledger"])
    if ledger.end_of(kept[: known.rows]) != known:
        number = min(len(kept) + 1, known.rows)
        raise broken(
            number, f"{release.release_id} was certified after {known.rows} rows, of which the last is not here"
        )


def _demand_certificate(number: int, rows: list[ledger.Row], release: Release) -> None:
    if rows[number - 1]["certificate_sha256"] != release.facts["certificate_sha256"]:
        raise broken(number, f"the certificate of {release.release_id} is not the one that was published")
