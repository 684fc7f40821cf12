"""Publishing trusts nothing: each flaw is refused and readers stay on the last release, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from release_home import BLOCKED, PASSED, PEOPLE, ReleaseHome, audit_of, build_warehouse, check, march

from pipelines.errors import InfrastructureError, PodiumError
from pipelines.night import nothing_new, plan
from pipelines.release import certificate, ledger, placing
from pipelines.release.publish import hold, publish
from pipelines.release.releases import newest_certified


def flip_a_byte(sealed: Path, name: str) -> None:
    path = sealed / name
    path.chmod(0o640)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def rewrite(sealed: Path, **facts: Any) -> None:
    """Certify again with other facts, as somebody would who edits a certificate with care."""
    kept = json.loads((sealed / certificate.NAME).read_text("utf-8")) | facts
    certificate.write(sealed, {k: v for k, v in kept.items() if k != "certificate_sha256"})


def remove(sealed: Path, name: str) -> None:
    (sealed / name).unlink()


def add(sealed: Path, name: str) -> None:
    (sealed / name).write_text("left behind")


def link_away(sealed: Path) -> None:
    path = sealed / "csv" / "sdr_ranking.csv"
    outside = sealed.parent.parent / "outside.csv"
    path.rename(outside)
    path.symlink_to(outside)


def edit_certificate(sealed: Path) -> None:
    path = sealed / certificate.NAME
    path.chmod(0o640)
    path.write_text(path.read_text("utf-8").replace('"promote": false', '"promote": true'), "utf-8")


FLAWS: dict[str, tuple[Callable[[Path], None], str]] = {
    "byte of the database": (lambda s: flip_a_byte(s, "podium.duckdb"), "podium.duckdb was changed"),
    "byte of a CSV": (lambda s: flip_a_byte(s, "csv/sdr_ranking.csv"), "csv/sdr_ranking.csv was changed"),
    "byte of a Parquet": (lambda s: flip_a_byte(s, "parquet/sdr_ranking.parquet"), "sdr_ranking.parquet was changed"),
    "missing artefact": (lambda s: remove(s, "parquet/ae_ranking.parquet"), "ae_ranking.parquet is missing"),
    "extra artefact": (lambda s: add(s, "csv/more.csv"), "csv/more.csv is not certified"),
    "write-ahead log": (lambda s: add(s, "podium.duckdb.wal"), "podium.duckdb.wal is not certified"),
    "link": (link_away, "sdr_ranking.csv is a link"),
    "no certificate": (lambda s: remove(s, certificate.NAME), "no readable certificate"),
    "edited certificate": (edit_certificate, "the certificate was changed"),
    "blocked check": (lambda s: rewrite(s, checks=[vars(c) for c in BLOCKED.results]), "check G4.bridge did not pass"),
    "no check": (lambda s: rewrite(s, checks=[]), "no required check was executed"),
    "check on nothing": (lambda s: rewrite(s, checks=[vars(check(rows_examined=0))]), "examined nothing"),
    "held": (lambda s: rewrite(s, decision="hold"), "not certified for publishing"),
    "other parent": (lambda s: rewrite(s, parent_release_id="v000007"), "planned on"),
    "other release": (lambda s: rewrite(s, release_id="v000009"), "is not this night's"),
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flawed_release_is_refused_and_readers_stay(released: ReleaseHome, flaw: str) -> None:
    spoil, message = FLAWS[flaw]
    before = released.tree()
    released.deliver(2)
    night, sealed = released.sealed()
    spoil(sealed)
    with pytest.raises(PodiumError, match=message):
        publish(released.settings, sealed, night)
    last = ledger.read(released.settings)[-1]
    assert (last["kind"], last["release_id"]) == ("refused", "v000002")
    assert message in last["reasons"][0]
    recovered = plan(released.settings, released.receipts)
    assert recovered.previous_release_id == "v000001"
    assert released.tree() == before


def test_the_pointer_moves_to_the_new_release_and_the_ledger_says_so(released: ReleaseHome) -> None:
    outcome = released.publish(day=2)
    assert (outcome.release_id, outcome.is_current, outcome.previous_release_id) == ("v000002", True, "v000001")
    assert (released.published / "current").readlink() == Path("v000002")
    row = ledger.read(released.settings)[-1]
    assert (row["kind"], row["current"], row["previous"]) == ("published", "v000002", "v000001")
    assert row["content_sha256"] == outcome.content_sha256
    assert not [path for path in released.published.iterdir() if path.name.startswith(".")]


def test_a_current_that_moved_since_the_plan_is_not_overwritten(released: ReleaseHome) -> None:
    released.deliver(2)
    night, sealed = released.sealed()
    kept = sealed.rename(sealed.with_name("kept-aside"))
    released.publish(day=3)
    with pytest.raises(PodiumError, match="planned on"):
        publish(released.settings, kept, replace(night, release_id="v000002"))


def test_a_release_that_reads_back_wrong_is_taken_back(released: ReleaseHome, monkeypatch: pytest.MonkeyPatch) -> None:
    released.deliver(2)
    night, sealed = released.sealed()

    def spoilt_on_its_way(directory: Path) -> None:
        assert released.current() == "v000002"
        raise PodiumError("E-READ-BACK", directory.name, "rows of sdr_ranking")

    monkeypatch.setattr(placing, "read_back", spoilt_on_its_way)
    with pytest.raises(InfrastructureError, match="not what was certified"):
        publish(released.settings, sealed, night)
    assert released.current() == "v000001"
    assert not (released.published / "v000002").exists()
    monkeypatch.undo()
    assert released.publish().release_id == "v000003"


def test_a_first_release_that_reads_back_wrong_leaves_no_pointer(
    home: ReleaseHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.deliver(1)
    night, sealed = home.sealed()

    def fail(directory: Path) -> None:
        raise PodiumError("E-READ-BACK", directory.name, "content")

    monkeypatch.setattr(placing, "read_back", fail)
    with pytest.raises(InfrastructureError):
        publish(home.settings, sealed, night)
    assert home.current() is None


def test_an_older_day_is_placed_beside_the_current_release(home: ReleaseHome) -> None:
    home.deliver(1)
    home.publish(day=5)
    outcome = home.publish(as_of=home.receipts[0].delivered_on)
    assert (outcome.release_id, outcome.is_current) == ("v000002", False)
    assert home.current() == "v000001"
    again = plan(home.settings, home.receipts, as_of=home.receipts[0].delivered_on)
    assert "v000002 lies beside" in str(nothing_new(home.settings, again))
    promoted = home.publish(as_of=home.receipts[0].delivered_on, promote=True)
    assert promoted.is_current
    assert home.current() == promoted.release_id


def test_a_held_night_leaves_published_byte_identical(released: ReleaseHome) -> None:
    before = released.tree()
    released.deliver(2)
    night = plan(released.settings, released.receipts)
    warehouse = build_warehouse(released.settings.work / "warehouse.duckdb", night)
    kept = hold(released.settings, night, warehouse, BLOCKED)
    assert released.tree() == before
    assert not warehouse.exists()
    with duckdb.connect(str(kept), read_only=True) as db:
        assert db.execute("select count(*) from main.sdr_ranking").fetchone() == (len(PEOPLE),)
    checks = json.loads((kept.parent / "checks.json").read_text("utf-8"))["checks"]
    assert [c["check_id"] for c in checks if c["verdict"] == "block"] == ["G4.bridge"]
    row = ledger.read(released.settings)[-1]
    assert (row["kind"], row["release_id"]) == ("held", "v000002")
    assert row["reasons"] == ["G4.bridge: 12 rows do not close"]


def test_only_the_last_held_builds_are_kept_and_their_ids_are_not_used_again(released: ReleaseHome) -> None:
    for day in range(2, 7):
        released.deliver(day)
        night = plan(released.settings, released.receipts)
        warehouse = build_warehouse(released.settings.work / "warehouse.duckdb", night)
        hold(released.settings, night, warehouse, BLOCKED)
    assert sorted(path.name for path in released.settings.held.iterdir()) == ["v000004", "v000005", "v000006"]
    assert plan(released.settings, released.receipts).release_id == "v000007"


def test_the_baseline_is_the_newest_sound_release_up_to_the_day(home: ReleaseHome) -> None:
    assert newest_certified(home.settings, march(9)) is None
    home.publish(day=1)
    home.publish(day=4)
    baseline = newest_certified(home.settings, march(3))
    assert baseline is not None
    assert (baseline.release_id, baseline.profile) == ("v000001", {"handoffs": {"rows": 3}})
    assert newest_certified(home.settings, march(4)).release_id == "v000002"  # type: ignore[union-attr]
    flip_a_byte(home.published / "v000002", "podium.duckdb")
    assert newest_certified(home.settings, march(9)).release_id == "v000001"  # type: ignore[union-attr]


def test_warnings_are_published(home: ReleaseHome) -> None:
    home.deliver(1)
    warned = audit_of(*PASSED.results, check("G3.orphans", severity="warning", verdict="warn", message="1 row"))
    assert home.publish(audit=warned).is_current
