"""Which claims are landed, in which order, and what makes a file new. One file's landing itself is land.py.

The order is only for people: the rows that count at the end are the same for any order and any repetition.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import duckdb

from pipelines.errors import FileRefused
from pipelines.intake import archive, claims, habits, receipts, reissue
from pipelines.intake.claim import Claim
from pipelines.intake.habits import Before
from pipelines.intake.header import plain_names
from pipelines.intake.land import check_claim, land, land_again
from pipelines.intake.members import members_of
from pipelines.intake.names import is_archive
from pipelines.intake.receipts import Receipt
from pipelines.settings import Settings

log = logging.getLogger("podium.intake")
_SHOWN = 5

FileKey = tuple[str, date, str, str]


class Landings:
    """The landings of one run. `new` are the paths of the receipts it made; `stored` are all receipts there were."""

    def __init__(self, settings: Settings, db: duckdb.DuckDBPyConnection, stored: Iterable[Receipt]) -> None:
        self._settings, self._db = settings, db
        self._claims: dict[FileKey, Claim] = {}
        self._known: dict[FileKey, Receipt] = {}
        self._of_entity: dict[tuple[str, str], dict[FileKey, Receipt]] = defaultdict(dict)
        self._proven: set[str] = set()
        self.new: set[Path] = set()
        for receipt in receipts.counted(settings, stored):
            if not receipt.rows_loaded or receipt.rows_path(settings).exists():
                self._know(receipt)

    @property
    def known(self) -> list[Receipt]:
        """All receipts that count by now, sorted, `is_full` set."""
        return receipts.counted(self._settings, self._known.values())

    def _know(self, receipt: Receipt) -> None:
        self._known[_key(receipt)] = receipt
        self._of_entity[receipt.source, receipt.entity][_key(receipt)] = receipt

    def land_all(self, found: Iterable[Claim], recorded: Iterable[Claim]) -> None:
        """Land every file that is news, by date, source and name: those just `found` in the inbox, and those
        `recorded` before whose receipt is missing, or of another reading, or without its rows.

        Raises InfrastructureError where the archive no longer holds what was delivered.
        """
        found = list(found)
        # Their bytes were hashed on the way into the archive.
        self._proven |= {claim.sha256 for claim in found}
        self._claims = {_key(claim): claim for claim in (*recorded, *found)}
        waiting = {key: claim for key, claim in self._claims.items() if key not in self._known}
        waiting |= {_key(claim): claim for claim in found}
        ordered = sorted(waiting.values(), key=lambda c: (c.delivered_on, c.source, c.entity, c.file_name, c.sha256))
        for number, claim in enumerate(ordered, start=1):
            self._land_news(claim, f"{number}/{len(ordered)}")

    def settle(self) -> None:
        """Land again what other files of its source and entity decide about, where earlier ones came late."""
        for receipt in sorted(self._known.values(), key=lambda r: (r.delivered_on, r.source, r.file_name)):
            if not habits.stands(receipt, self._siblings(receipt)):
                self._land(self._claims[_key(receipt)], "again")

    def _land_news(self, claim: Claim, progress: str) -> None:
        receipt = self._known.get(_key(claim))
        if receipt and receipt.promise == claim.promise:
            if receipt.stamp != claim.stamp:
                # Delivered again as it was. The new stamp saves reading it once more.
                receipts.write(self._settings, receipt.model_copy(update={"stamp": claim.stamp}))
                log.info("%s I-DUPLICATE-DELIVERY %s: taken before", progress, claim.where)
        elif is_archive(claim.file_name):
            self._demand_sound(claim)
            self._land_archive(claim, progress)
        else:
            self._land(claim, progress)

    def _land_archive(self, claim: Claim, progress: str) -> None:
        """Land the members first: the archive's own receipt says that all of them were taken."""
        try:
            check_claim(claim)
            inside = members_of(claim)
        except FileRefused as refusal:
            receipt = claim.refusal(refusal)
        else:
            claims.record(inside)
            self._claims |= {_key(member): member for member in inside}
            for member in inside:
                self._land_news(member, progress)
            receipt = claim.receipt("loaded", notes=(f"I-ARCHIVE {len(inside)} files in it",))
        receipts.write(self._settings, receipt)
        self._add(receipt, progress)

    def _demand_sound(self, claim: Claim) -> None:
        """Bytes that went bad in the archive are never loaded. Raises InfrastructureError."""
        sha256 = claim.container or claim.sha256
        if sha256 not in self._proven:
            archive.demand_sound(self._settings.archive, sha256, claim.where)
            self._proven.add(sha256)

    def _land(self, claim: Claim, progress: str) -> None:
        self._demand_sound(claim)
        twin, earlier = self._twin(claim), habits.before(claim.delivered_on, self._siblings(claim))
        receipt = land_again(claim, twin) if twin else land(self._db, claim, earlier)
        before = self._issued_before(receipt)
        self._add(receipt, progress)
        if receipt.verdict == "loaded":
            self._say_columns(receipt, earlier)
        if before and receipt.rows_loaded:
            told = reissue.changes(self._db, self._settings, before, receipt, claim.contract.key)
            log.warning("W-REISSUED %s: other bytes than before, %s", claim.where, told)

    def _add(self, receipt: Receipt, progress: str) -> None:
        """Count a receipt that was just written, and say what became of its file."""
        self._know(receipt)
        self.new.add(receipt.path(self._settings))
        if receipt.verdict == "refused":
            log.warning("%s refused: %s", progress, receipt.message)
            return
        if receipt.rows_loaded and self._is_on_another_date(receipt):
            # Nothing changed in a full delivery, or a delta was sent twice.
            level = logging.INFO if receipt.mode == "full" else logging.WARNING
            log.log(level, "W-SAME-BYTES %s: same bytes as on another date, counts on each", receipt.where)
        aside = f", {receipt.rows_quarantined} set aside" if receipt.rows_quarantined else ""
        log.info("%s %s %s rows%s", progress, receipt.where, f"{receipt.rows_loaded:,}", aside)
        for note in receipt.notes:
            log.log(logging.WARNING if note.startswith("W-") else logging.INFO, "%s: %s", receipt.where, note)

    def _is_on_another_date(self, receipt: Receipt) -> bool:
        same = (r for r in self._siblings(receipt) if r.sha256 == receipt.sha256)
        return any(r.delivered_on != receipt.delivered_on for r in same)

    def _say_columns(self, receipt: Receipt, earlier: Before) -> None:
        """Columns beside the contract's are told when they are new, optional ones when they are gone."""
        fresh = sorted(set(receipt.unknown_columns) - earlier.unknown)
        if fresh:
            names = ", ".join(plain_names(fresh)[:_SHOWN]) or "odd names"
            told = f"{len(fresh)} columns that the contract does not know, kept beside the rows"
            log.warning("W-COLUMN-NEW %s: %s (%s)", receipt.where, told, names)
        gone = sorted(earlier.columns - set(receipt.traits.columns)) if receipt.traits else []
        if gone:
            log.warning("W-COLUMN-GONE %s: %s delivered before, now taken as empty", receipt.where, ", ".join(gone))

    def _issued_before(self, new: Receipt) -> Receipt | None:
        """The newest file of the same name and delivery that has other bytes and rows that count."""
        same = [r for r in self._siblings(new) if (r.file_name, r.delivered_on) == (new.file_name, new.delivered_on)]
        others = [r for r in same if r.sha256 != new.sha256 and r.rows_loaded]
        return max(others, key=lambda r: (r.stamp.mtime_ns, r.sha256), default=None)

    def _twin(self, claim: Claim) -> Receipt | None:
        """The receipt under which the same bytes were loaded for the same source, entity and date."""
        return next((r for r in self._siblings(claim) if self._is_twin(r, claim)), None)

    def _is_twin(self, r: Receipt, claim: Claim) -> bool:
        same = (r.delivered_on, r.sha256, r.promise.mode, r.version)
        wanted = (claim.delivered_on, claim.sha256, claim.promise.mode, claim.promise.version)
        return same == wanted and r.rows_loaded > 0 and r.file_name != claim.file_name

    def _siblings(self, file: Claim | Receipt) -> Iterable[Receipt]:
        """Receipts of the same source and entity."""
        return self._of_entity[file.source, file.entity].values()


def _key(file: Claim | Receipt) -> FileKey:
    return file.source, file.delivered_on, file.file_name, file.sha256
