"""Which claims are landed, in which order, and what makes a file new. One file's landing itself is land.py.

The order is only for people: the rows that count at the end are the same for any order and any repetition.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import duckdb

from pipelines.intake import receipts
from pipelines.intake.claim import Claim
from pipelines.intake.land import HEADER_ONLY, land, land_again
from pipelines.intake.manifest import entity_of
from pipelines.intake.receipts import Receipt
from pipelines.settings import Settings

log = logging.getLogger("podium.intake")

FileKey = tuple[str, date, str, str]


class Landings:
    """The landings of one run. `new` are the paths of the receipts it made; `stored` are all receipts there were."""

    def __init__(self, settings: Settings, db: duckdb.DuckDBPyConnection, stored: Iterable[Receipt]) -> None:
        self._settings, self._db = settings, db
        self._stored = {_key(receipt): receipt for receipt in stored}
        self._known: dict[FileKey, Receipt] = {}
        self._of_entity: dict[tuple[str, str], dict[FileKey, Receipt]] = defaultdict(dict)
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

    def claims_of_other_readings(self, claims: Iterable[Claim]) -> list[Claim]:
        """Files without a receipt that counts: their bytes are archived, perhaps no longer in the inbox."""
        others = self._stored.keys() - self._known.keys() - {_key(claim) for claim in claims}
        return [self._claim(self._stored[key]) for key in others]

    def _claim(self, r: Receipt) -> Claim:
        entity = entity_of(r.file_name)
        return Claim(self._settings, r.source, entity, r.delivered_on, r.file_name, r.sha256, r.promise, r.stamp)

    def land_all(self, claims: Sequence[Claim]) -> None:
        """Land every claim that is news, by date, source and name."""
        ordered = sorted(claims, key=lambda c: (c.delivered_on, c.source, c.entity, c.file_name, c.sha256))
        for number, claim in enumerate(ordered, start=1):
            receipt = self._known.get(_key(claim))
            if receipt and receipt.promise == claim.promise:
                # Delivered again as it was. The new stamp saves reading it once more.
                receipts.write(self._settings, receipt.model_copy(update={"stamp": claim.stamp}))
                log.info("%d/%d I-DUPLICATE-DELIVERY %s: taken before", number, len(ordered), claim.where)
                continue
            self._land(claim, f"{number}/{len(ordered)}")

    def land_quiet_nights(self) -> None:
        """Take header-only files that were refused as first deliveries, and are none since an earlier one came."""
        for receipt in sorted(self._known.values(), key=lambda r: (r.delivered_on, r.source, r.file_name)):
            if receipt.code == HEADER_ONLY and receipt.mode == "delta":
                claim = self._claim(receipt)
                if self._delivered_before(claim):
                    self._land(claim, "again")

    def _land(self, claim: Claim, progress: str) -> None:
        twin = self._twin(claim)
        receipt = land_again(claim, twin) if twin else land(self._db, claim, self._delivered_before(claim))
        self._know(receipt)
        self.new.add(receipt.path(self._settings))
        if receipt.verdict == "refused":
            log.warning("%s refused: %s", progress, receipt.message)
            return
        if any(r.sha256 == claim.sha256 and r.delivered_on != claim.delivered_on for r in self._siblings(claim)):
            log.info("%s %s: same bytes as on another date, counts on each", progress, claim.where)
        aside = f", {receipt.rows_quarantined} set aside" if receipt.rows_quarantined else ""
        log.info("%s %s %s rows%s", progress, claim.where, f"{receipt.rows_loaded:,}", aside)
        for note in receipt.notes:
            log.info("%s %s: %s", progress, claim.where, note)

    def _twin(self, claim: Claim) -> Receipt | None:
        """The receipt under which the same bytes were loaded for the same source, entity and date."""
        return next((r for r in self._siblings(claim) if self._is_twin(r, claim)), None)

    def _is_twin(self, r: Receipt, claim: Claim) -> bool:
        same = (r.delivered_on, r.sha256, r.promise.mode, r.version)
        wanted = (claim.delivered_on, claim.sha256, claim.promise.mode, claim.promise.version)
        return same == wanted and r.rows_loaded > 0 and r.file_name != claim.file_name

    def _delivered_before(self, claim: Claim) -> bool:
        loaded = (r for r in self._siblings(claim) if r.verdict == "loaded" and r.rows_in)
        return any(r.delivered_on <= claim.delivered_on for r in loaded)

    def _siblings(self, claim: Claim) -> Iterable[Receipt]:
        """Receipts of the same source and entity."""
        return self._of_entity[claim.source, claim.entity].values()


def _key(file: Claim | Receipt) -> FileKey:
    return file.source, file.delivered_on, file.file_name, file.sha256
