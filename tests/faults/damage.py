"""Bytes and tools that are not as they should be: flipped bits, stray files, crashed checks, other versions."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from data_checks import gate
from data_checks.gate import Audit, audit
from pipelines.cli import main
from pipelines.errors import PodiumError
from pipelines.intake import archive
from pipelines.release import certificate, ledger, provenance
from pipelines.release.publish import rollback
from pipelines.release.read_back import read_back
from pipelines.settings import PROJECT_ROOT
from tests.faults import child, small_night
from tests.faults.place import NEW, OLD, Place

BEFORE = "v000002"
SEED = 94


def said(action: Any, *arguments: Any) -> str:
    """The message of the PodiumError that `action` raises, empty when it raises none."""
    try:
        action(*arguments)
    except PodiumError as error:
        return str(error)
    return ""


def said_of_version(tool: str, found: str | None) -> str:
    """What start-up says where a tool is installed in this version, or, with None, not at all."""
    installed = {name: provenance.version(name) for name in provenance.TOOLS}

    def version(name: str) -> str:
        if name == tool and found is None:
            raise PackageNotFoundError(name)
        return found or "" if name == tool else installed[name]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provenance, "version", version)
        return said(provenance.demand_locked_tools)


def locked_packages() -> list[str]:
    """The entries of requirements.lock, each with its hashes."""
    entries = re.split(r"\n(?=[a-z0-9])", (PROJECT_ROOT / "requirements.lock").read_text("utf-8"))
    return [entry for entry in entries if "==" in entry.split("\n")[0]]


@contextmanager
def changed(path: Path, content: bytes) -> Iterator[None]:
    before = path.read_bytes()
    path.chmod(0o640)
    path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(before)


# 93: a write-ahead log beside a published file.
def stray_wal(place: Place) -> tuple[str, Path]:
    home = place.home()
    published = home / "published" / OLD
    (published / "podium.duckdb.wal").write_bytes((published / "podium.duckdb").read_bytes()[:4096])
    told = said(read_back, published)
    child.run(home)
    return told, home


def wal_is_seen(place: Place, found: tuple[str, Path]) -> None:
    told, home = found
    assert "podium.duckdb.wal is not certified" in told
    assert small_night.content(home) == place.wanted
    kinds = [(row["kind"], row["release_id"]) for row in ledger.read(small_night.settings_of(home))]
    assert ("rolled_back", OLD) in kinds, "nobody reads a file with a stray log beside it"


# 94: flipped bits of the published database.
FLIPS = 150


def flips(place: Place) -> tuple[list[str], Path, child.Ended]:
    """What proving the release said with each bit flipped; then a night over a release that stays damaged."""
    home, chance = place.home(), random.Random(SEED)
    path = home / "published" / OLD / "podium.duckdb"
    content, told = path.read_bytes(), []
    for at in [chance.randrange(len(content) * 8) for _ in range(FLIPS)]:
        flipped = bytearray(content)
        flipped[at // 8] ^= 1 << at % 8
        with changed(path, bytes(flipped)):
            told.append(said(certificate.verify, home / "published" / OLD))
    path.write_bytes(bytes(flipped))
    return told, home, child.run(home)


def every_flip_is_seen(place: Place, found: tuple[list[str], Path, child.Ended]) -> None:
    told, home, ended = found
    assert len(told) == FLIPS
    assert all("podium.duckdb was changed" in message for message in told)
    replaced(place, (home, ended))


# 152 (section E): a published file replaced by hand.
def replaced_by_hand(place: Place) -> tuple[Path, child.Ended]:
    home = place.home()
    path = home / "published" / OLD / "csv" / "sdr_ranking.csv"
    path.chmod(0o640)
    path.write_text("sdr_id\n", "utf-8")
    return home, child.run(home)


def replaced(place: Place, found: tuple[Path, child.Ended]) -> None:
    """Readers were led to the release before it, and the night that found it published the next."""
    home, ended = found
    rows = ledger.read(small_night.settings_of(home))
    (back,) = [row for row in rows if row["kind"] == "rolled_back"]
    assert (back["release_id"], back["current"]) == (OLD, BEFORE)
    assert "was changed" in back["reasons"][0]
    assert ended.exit_code == 0, ended.told
    assert (small_night.current(home), small_night.content(home)) == (NEW, place.wanted)


# 95: the working database is rubbish.
def rubbish_in_work(place: Place) -> tuple[Path, child.Ended]:
    home = place.home()
    for name in ("warehouse.duckdb", "warehouse.duckdb.wal", "night.json"):
        (home / "work" / name).write_bytes(random.Random(SEED).randbytes(5000))
    return home, child.run(home)


def built_anew(place: Place, found: tuple[Path, child.Ended]) -> None:
    home, ended = found
    assert ended.exit_code == 0, ended.told
    assert small_night.content(home) == place.wanted
    small_night.check_sound(home)


# 96: a flipped bit in the archive.
@dataclass(frozen=True)
class Flipped:
    """What was said of the archive whole and damaged, how the night over it ended, and the one with the file again."""

    whole: Result
    scrubbed: Result
    damaged: Path
    night: child.Ended
    after_it: str | None
    again: child.Ended
    home: Path


def flipped_archive(place: Place) -> Flipped:
    """Rows are to be read again from the archive alone, and one of its files has another bit; then it comes again."""
    home = place.home()
    whole = _scrub(home)
    first = home / "inbox" / "crm" / small_night.day(1).isoformat()
    content = (first / "leads.csv").read_bytes()
    damaged = archive.path_in(home / "archive", sha256(content).hexdigest())
    damaged.chmod(0o640)
    # Another id, which every parser reads.
    damaged.write_bytes(content.replace(b"L1-3,", b"L1-2,"))
    shutil.rmtree(first)
    shutil.rmtree(home / "raw")
    scrubbed, night = _scrub(home), child.run(home)
    after_it = small_night.current(home)
    shutil.copytree(place.template / first.relative_to(home), first)
    return Flipped(whole, scrubbed, damaged, night, after_it, child.run(home), home)


def _scrub(home: Path) -> Result:
    return CliRunner().invoke(main, ["audit", "archive", "--home", str(home)])


def never_loaded(place: Place, found: Flipped) -> None:
    assert (found.whole.exit_code, found.whole.stderr) == (0, "")
    assert found.scrubbed.exit_code == 5
    (line,) = found.scrubbed.stderr.splitlines()
    named = f"E-ARCHIVE-DAMAGED {found.damaged}: no longer the bytes delivered as crm/2026-03-01/leads.csv"
    assert line.startswith(named)
    assert (found.night.exit_code, found.after_it) == (5, OLD)
    assert found.night.last_line.startswith(named)
    assert found.again.exit_code == 0
    assert small_night.content(found.home) == place.wanted
    small_night.check_sound(found.home)
    assert _scrub(found.home).exit_code == 0


# 104: dbt finds what an earlier run of it left. Kills between its models are row 75.
def stale_target(place: Place) -> tuple[Path, child.Ended]:
    home = place.home()
    target, cache = home / "work" / "dbt", home / "cache" / "partial_parse.msgpack"
    for path in (target / "run_results.json", target / "manifest.json", cache):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"results": [{"unique_id": "model.small.sdr_ranking", "status": "error"}]}')
    return home, child.run(home, dbt_project=place.dbt_project)


# 105: a check that crashes.
def crashed_check(place: Place) -> Audit:
    warehouse = place.home() / "work" / "warehouse.duckdb"
    with pytest.MonkeyPatch.context() as patch:
        checks = (small_night.check("G4.rows", "select error('of a person') as is_offending"),)
        patch.setattr(gate, "catalogue", lambda: checks)
        return audit(warehouse, [small_night.DBT_TEST], None)


def is_failed(_place: Place, found: Audit) -> None:
    (result,) = [result for result in found.results if result.check_id == "G4.rows"]
    assert (result.verdict, result.is_required) == ("block", True)
    assert result.message.startswith("E-CHECK-ERROR ")
    assert "person" not in result.message
    assert found.held


# 108: another version of a tool, and files that old readers can open.
def other_version(place: Place) -> tuple[str, int]:
    told = said_of_version("duckdb", "2.0.0")
    header = (place.template / "published" / OLD / "podium.duckdb").read_bytes()[:20]
    return told, int.from_bytes(header[12:20], "little")


def version_is_refused(_place: Place, found: tuple[str, int]) -> None:
    told, storage = found
    wanted = r"E-LOCK requirements.lock: duckdb is not the locked version, expected 1\.5\.\d+, found 2\.0\.0, run make"
    assert re.match(wanted, told), told
    assert said(provenance.demand_locked_tools) == "", "what is installed is what is locked"
    assert storage == 64, "the file format of DuckDB 1.0"
    assert [entry.split()[0] for entry in locked_packages() if "--hash=sha256:" not in entry] == []


# 112: a rollback is asked for.
def rolled_back(place: Place) -> tuple[Path, child.Ended]:
    home = place.home()
    rollback(small_night.settings_of(home), "v000001")
    for path in (home / "inbox" / "crm" / "2026-03-04").iterdir():
        path.unlink()
    return home, child.run(home)


def not_promoted_again(_place: Place, found: tuple[Path, child.Ended]) -> None:
    home, ended = found
    assert ended.exit_code == 0, ended.told
    assert small_night.current(home) == "v000001"
    kinds = [row["kind"] for row in ledger.read(small_night.settings_of(home))]
    assert kinds[-2:] == ["rolled_back", "nothing_new"]
    small_night.check_readable(home)
