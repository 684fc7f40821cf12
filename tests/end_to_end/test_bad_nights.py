"""Nights that must not go through: readers keep the last release, and a person is told why."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from pathlib import Path

import pytest
from homes import Home

from pipelines.release.lock import night_lock
from pipelines.settings import Settings


def deliver_full(home: Home, day: str, entity: str, keep: float) -> None:
    """A complete full delivery of one entity that holds only a share of its rows."""
    folder = next((home.path / "inbox").glob("*/*"))
    with (folder / f"{entity}.csv").open(newline="") as file:
        header, *rows = list(csv.reader(file))
    target = folder.parent / day
    target.mkdir()
    with (target / f"{entity}.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows[: int(len(rows) * keep)]])
    written = (target / f"{entity}.csv").read_bytes()
    about = {"rows": int(len(rows) * keep), "sha256": hashlib.sha256(written).hexdigest()}
    manifest = {"files": {f"{entity}.csv": about}, "mode": "full", "version": 1}
    (target / "_manifest.json").write_text(json.dumps(manifest))


@pytest.fixture(scope="module")
def held(demo_home: Home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, str]:
    """A home whose second delivery lost 30 % of the hand-offs, and what the run said."""
    home = demo_home.copy(tmp_path_factory.mktemp("held") / "home")
    deliver_full(home, demo_home.later[0].name, "handoffs", keep=0.7)
    return home, home.podium("run", expect=3).stderr


def test_a_mass_delete_is_held_and_readers_see_the_same_bytes(demo_home: Home, held: tuple[Home, str]) -> None:
    home, _ = held
    assert home.published_bytes() == demo_home.published_bytes()
    assert home.ledger()[-1]["kind"] == "held"
    assert (home.path / "held" / home.ledger()[-1]["release_id"]).is_dir()


def test_a_held_night_says_which_check_on_what_and_how_to_look_closer(held: tuple[Home, str]) -> None:
    home, told = held
    facts = json.loads((home.path / "held" / home.ledger()[-1]["release_id"] / "checks.json").read_text())
    blocking = [check for check in facts["checks"] if check["verdict"] == "block"]
    assert blocking
    for check in blocking:
        assert any(check["check_id"] in line and check["observed"] in line for line in told.splitlines())
    assert f"podium explain {blocking[0]['check_id']}" in told
    assert told.splitlines()[-1].startswith("E-HELD v000002: ")
    assert "Traceback" not in told


def test_explain_lists_the_keys_and_nobody_by_name(held: tuple[Home, str]) -> None:
    home, told = held
    check = next(c for c in re.findall(r"^  (\S+) ", told, re.MULTILINE) if "handoffs" in c and "delet" in c)
    shown = home.podium("explain", check).stdout
    assert shown.startswith(f"{check} (")
    assert len(shown.split("\n\n", 1)[1].splitlines()) > 10
    with next((home.path / "inbox").glob("*/*/users.csv")).open(newline="") as file:
        people = [row["full_name"] for row in csv.DictReader(file)]
    assert [name for name in people if name in shown] == []


def test_explaining_an_unknown_check_names_those_that_block(held: tuple[Home, str]) -> None:
    assert "E-CHECK nonsense: no such check, expected one of " in held[0].podium("explain", "nonsense", expect=2).stderr


def test_a_refused_file_is_told_and_the_rest_is_published(demo_home: Home, tmp_path: Path) -> None:
    home = demo_home.copy(tmp_path / "home")
    spoiled = home.deliver(0) / "invoices.csv"
    spoiled.write_text("<!DOCTYPE html><p>Please log in")
    done = home.podium("run", expect=4)
    assert home.current == "v000002"
    assert "Refused: E-" in done.stdout
    assert "invoices.csv" in done.stdout
    (refused,) = json.loads(home.podium("status", "--json").stdout)["refused_files"]
    assert refused["file_name"] == "invoices.csv"
    assert home.podium("run").stdout.startswith("Nothing new")


def test_a_second_run_at_the_same_time_is_turned_away(demo_home: Home, tmp_path: Path) -> None:
    home = demo_home.copy(tmp_path / "home")
    with night_lock(Settings.load(home=home.path, env={})):
        home.deliver(0)
        assert home.podium("run", expect=6).stderr.splitlines()[-1].startswith("E-BUSY")
    assert home.published_bytes() == demo_home.published_bytes()
