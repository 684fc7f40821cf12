"""One run of intake over injected files, and what became of each in words. Which words are right, the tables say."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.intake.receipts import Receipt
from pipelines.intake.take import IntakeReport
from tests.unit.intake.intake_home import Home

DAY = "2026-01-05"
Inject = Callable[[Path], Home]


@dataclass(frozen=True)
class Night:
    """A home after intake ran, what the run reported, and what it said to its log."""

    home: Home
    report: IntakeReport
    told: list[str]

    def verdicts(self) -> dict[str, str]:
        """Every file's verdict in words, by its place; the first delivery's folder is left out of it."""
        return {r.where.removeprefix(f"crm/{DAY}/"): self._verdict(r) for r in self.home.receipts()}

    def _verdict(self, r: Receipt) -> str:
        if r.verdict == "refused":
            return r.code
        parts = [f"loaded {r.rows_loaded}"] + [f"{r.rows_duplicate} double"] * bool(r.rows_duplicate)
        parts += [f"{count} {reason}" for reason, count in sorted(self._reasons(r).items())]
        return " ".join([", ".join(parts), r.code, *(note.split()[0] for note in r.notes)]).replace("  ", " ").strip()

    def _reasons(self, r: Receipt) -> Counter[str]:
        return Counter(row["reason"] for row in self.home.quarantine(r)) if r.rows_quarantined else Counter()

    def said(self, what: str) -> int:
        """In how many lines of the log or messages of receipts `what` stands."""
        return sum(what in line for line in (*self.told, *(r.message for r in self.home.receipts())))


def files(*contents: str | bytes, name: str = "leads", **options: Any) -> Inject:
    """Inject: each content as a part of one delivery."""

    def inject(folder: Path) -> Home:
        home = Home(folder, **options)
        for number, content in enumerate(contents, 1):
            home.deliver(f"{name}_{number}.csv", content)
        return home

    return inject


def named(contents: dict[str, str | bytes], **options: Any) -> Inject:
    """Inject: files by their place, `name` or `source/day/name`."""

    def inject(folder: Path) -> Home:
        home = Home(folder, **options)
        for place, content in contents.items():
            *where, name = place.split("/")
            source, day = where or ("crm", DAY)
            home.deliver(name, content, day, source)
        return home

    return inject


def gives(verdicts: dict[str, str], *said: str) -> Callable[[Night], None]:
    """Verify: exactly these verdicts, and what a person is told."""

    def verify(night: Night) -> None:
        assert night.verdicts() == verdicts
        assert [what for what in said if not night.said(what)] == []

    return verify


def refuses(code: str, *said: str, parts: int = 1) -> Callable[[Night], None]:
    """Verify: every part of the delivery is refused with this code."""
    return gives({f"leads_{number}.csv": code for number in range(1, parts + 1)}, *said)


def assert_nothing_lost(night: Night) -> None:
    """Every delivered byte is archived, every row accounted for, no refused row loaded, every line one line."""
    home = night.home
    delivered = [
        p for p in home.settings.inbox.glob("*/*/*") if p.is_file() and not p.is_symlink() and p.stat().st_nlink == 1
    ]
    archived = {path.name for path in home.settings.archive.glob("??/*")}
    taken = [p for p in delivered if not p.name.endswith((".part", ".tmp")) and p.name != "_manifest.json"]
    assert {_sha256(path) for path in taken} <= archived
    for r in home.receipts():
        if r.verdict == "loaded":
            assert r.rows_in == r.rows_loaded + r.rows_quarantined + r.rows_duplicate
            assert len(home.quarantine(r) if r.rows_quarantined else []) == r.rows_quarantined
        assert r.rows_loaded == _rows(home, r)
    for line in (*night.told, *night.report.refused, *night.report.busy):
        assert line.isprintable(), line
        assert len(line) <= 1100
    assert not home.settings.work.joinpath("intake").exists()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _rows(home: Home, r: Receipt) -> int:
    if not r.rows_loaded:
        return 0
    (count,) = duckdb.execute("select count(*) from read_parquet($1)", [str(r.rows_path(home.settings))]).fetchall()[0]
    return int(count)
