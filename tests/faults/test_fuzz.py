"""Damaged files through intake alone: each is refused, or loaded as it was sent, or loses only rows that are set aside.

A silent difference is any other end. What nobody can see without a manifest is damaged with one.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from pipelines.contract import ENTITIES
from pipelines.intake.receipts import Receipt, receipts
from pipelines.intake.take import take_deliveries
from tests.faults.mutators import HEADER, MUTATORS, Mutator, Records, invoices, people, written
from tests.unit.intake.intake_home import Home

SEED, CASES, SOAK_CASES, BATCH = 20_260_105, 400, 10_000, 200
CLEAN, DAMAGED = "2026-01-05", "2026-01-06"


@dataclass(frozen=True)
class Case:
    """One damaged file: a source of its own sends it, once whole and a day later damaged."""

    source: str
    mutator: Mutator
    entity: str


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody pulls the plug here, and waiting for the disk is most of the time."""
    monkeypatch.setattr(os, "fsync", lambda _handle: None)


def test_no_damage_passes_in_silence(tmp_path: Path) -> None:
    counts = fuzz(tmp_path, SEED, CASES)
    assert sum(counts.values()) == CASES
    assert {name for name, _ in counts} == {mutator.name for mutator in MUTATORS}


@pytest.mark.slow
def test_no_damage_passes_in_silence_for_long(tmp_path: Path) -> None:
    seed = secrets.randbelow(2**32)
    print(f"\n{SOAK_CASES:,} damaged files, seed {seed}")
    for (name, outcome), count in sorted(fuzz(tmp_path, seed, SOAK_CASES).items()):
        print(f"  {name:32} {outcome:12} {count:6,}")


def fuzz(folder: Path, seed: int, cases: int) -> Counter[tuple[str, str]]:
    """How many of the damaged files came to which end, by mutator. Fails at the first that passed in silence."""
    counts: Counter[tuple[str, str]] = Counter()
    for start in range(0, cases, BATCH):
        rng = Random(seed + start)
        home = Home(folder / str(start))
        batch = [_deliver(home, number, rng) for number in range(start, min(cases, start + BATCH))]
        take_deliveries(home.settings)
        found = receipts(home.settings)
        for case in batch:
            outcome = _outcome(home, [r for r in found if r.source == case.source])
            assert outcome != "silent", f"{case.mutator.name} of {case.entity}, seed {seed}, {case.source}"
            assert outcome == "refused" or not case.mutator.needs_manifest
            counts[case.mutator.name, outcome] += 1
    return counts


def _deliver(home: Home, number: int, rng: Random) -> Case:
    mutator, source = MUTATORS[number % len(MUTATORS)], f"source{number}"
    sent = rng.choice((invoices, people))(rng, rng.choice((3, 30, 1200) if rng.random() < 0.1 else (3, 30)))
    entity = "invoices" if sent[0] == HEADER else "users"
    whole = written(sent)
    home.deliver(f"{entity}.csv", whole, CLEAN, source)
    name = f"{entity}{mutator.suffix}"
    home.deliver(name, mutator.damage([list(record) for record in sent], rng), DAMAGED, source)
    if mutator.needs_manifest:
        _promise(home, source, name, whole, sent)
    return Case(source, mutator, entity)


def _promise(home: Home, source: str, name: str, whole: bytes, sent: Records) -> None:
    """What the sender says was sent."""
    facts = {"sha256": hashlib.sha256(whole).hexdigest(), "rows": len(sent) - 1}
    home.deliver("_manifest.json", json.dumps({"files": {name: facts}}), DAMAGED, source)


def _outcome(home: Home, of_source: list[Receipt]) -> str:
    """`refused`, `identical`, `set aside` (loaded rows are among those sent, the others in quarantine) or `silent`."""
    damaged = [r for r in of_source if str(r.delivered_on) == DAMAGED and (r.entity or r.verdict == "refused")]
    (clean,) = [r for r in of_source if str(r.delivered_on) == CLEAN]
    if any(r.verdict == "refused" for r in damaged):
        assert not any(r.rows_loaded for r in damaged)
        return "refused"
    (receipt,) = damaged
    sent, loaded = _rows(home, clean), _rows(home, receipt)
    if loaded == sent:
        return "identical"
    aside = home.quarantine(receipt) if receipt.rows_quarantined else []
    texts = " ".join(row["original_text"] for row in aside)
    # A row set aside still says which it was, unless it was its id that was damaged.
    unexplained = [row for row in (sent - loaded).elements() if row[0] not in texts]
    return "silent" if loaded - sent or not aside or len(unexplained) > len(aside) else "set aside"


def _rows(home: Home, receipt: Receipt) -> Counter[tuple[Any, ...]]:
    """The typed rows of a file, the columns of the contract alone."""
    if not receipt.rows_loaded:
        return Counter()
    columns = ", ".join(ENTITIES[receipt.entity].column_names)
    query = f"select {columns} from read_parquet($1)"
    return Counter(duckdb.execute(query, [str(receipt.rows_path(home.settings))]).fetchall())
