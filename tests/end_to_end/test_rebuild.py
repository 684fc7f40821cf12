"""A home that lost everything but its archive and its ledger."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from homes import Home

KEPT = {"archive", "ledger.jsonl", "podium.yml"}


def lose_all_but(home: Home, kept: set[str]) -> None:
    for path in home.path.iterdir():
        if path.name not in kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.fixture(scope="module")
def rebuilt(demo_home: Home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, str]:
    """The home after the loss and `podium rebuild`, and what the command said."""
    home = demo_home.copy(tmp_path_factory.mktemp("lost") / "home")
    lose_all_but(home, KEPT)
    return home, home.podium("rebuild").stdout


def test_the_rebuilt_release_has_the_content_of_the_lost_one(demo_home: Home, rebuilt: tuple[Home, str]) -> None:
    home, said = rebuilt
    lost, made = demo_home.certificate(), home.certificate()
    assert made["content_sha256"] == lost["content_sha256"]
    assert (made["as_of"], home.current) == (lost["as_of"], "v000002")
    assert said.splitlines()[-1] == f"v000002 holds what v000001 held: content {lost['content_sha256'][:12]}"


def test_the_ledger_goes_on_where_it_was(demo_home: Home, rebuilt: tuple[Home, str]) -> None:
    home, _ = rebuilt
    before = demo_home.ledger()
    assert home.ledger()[: len(before)] == before
    assert home.podium("audit", "verify").stdout.startswith("Whole: ")


def test_a_release_that_stands_is_not_rebuilt(rebuilt: tuple[Home, str]) -> None:
    said = rebuilt[0].podium("rebuild", expect=2).stderr
    assert "E-REBUILD" in said
    assert "v000002 stands, there is nothing to rebuild" in said


def test_where_nothing_was_published_nothing_can_be_rebuilt(tmp_path: Path) -> None:
    assert "E-REBUILD ledger.jsonl: knows of no release" in Home(tmp_path, ()).podium("rebuild", expect=2).stderr
