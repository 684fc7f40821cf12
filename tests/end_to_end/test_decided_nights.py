"""A held night that people let through, with the commands that it printed itself."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from homes import Home
from test_bad_nights import deliver_full

from data_checks.catalogue import catalogue
from pipelines.errors import HeldByGate
from pipelines.settings import Settings


@pytest.fixture(scope="module")
def held(demo_home: Home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[list[str]]]:
    """A home whose second delivery lost 30 % of the hand-offs, and the commands that the run printed."""
    home = demo_home.copy(tmp_path_factory.mktemp("decided") / "home")
    deliver_full(home, demo_home.later[0].name, "handoffs", keep=0.7)
    told = home.podium("run", expect=3).stderr
    return home, [shlex.split(line) for line in re.findall(r"^  podium (.*) --home .*$", told, re.MULTILINE)]


def test_a_held_night_is_let_through_once_with_marks(demo_home: Home, held: tuple[Home, list[list[str]]]) -> None:
    home, commands = held
    assert {command[0] for command in commands} >= {"override"}
    for command in commands:
        home.podium(*(word.replace("WHY", "clean-up CHG-881").replace("NAME", "ana") for word in command))
    assert home.published_bytes() == demo_home.published_bytes()
    told = home.podium("run").stdout
    assert "Published in spite of G3.deletes.handoffs, D0001 of ana: clean-up CHG-881" in told
    facts = home.certificate()
    assert facts["overrides"]
    checks = {check["check_id"]: check["verdict"] for check in facts["checks"]}
    assert all(checks[one["check_id"]] == "block_overridden" for one in facts["overrides"])
    assert all(checks[one["check_id"]] == "warn" for one in facts["acknowledgements"])
    marks = home.podium("query", "select is_override, verdict from release_info, check_results where verdict like 'b%'")
    assert "True" in marks.stdout
    assert "block_overridden" in marks.stdout
    assert "G3.deletes.handoffs" in home.podium("status").stdout
    assert home.podium("audit", "verify").stdout.startswith("Whole: ")
    assert home.podium("run").stdout.startswith("Nothing new")


def test_a_night_certifies_the_terms_of_every_check(demo_home: Home) -> None:
    facts = demo_home.certificate()
    terms, checks = {one["id"] for one in facts["terms"]}, {check["check_id"] for check in facts["checks"]}
    assert any(name.startswith("dbt.") for name in terms)
    assert checks - terms == {"G4.dbt_tests", "G5.gate", "G5.overrides"}
    assert terms < checks


@pytest.mark.slow
def test_a_softened_gate_holds_a_good_night_until_it_is_acknowledged(
    demo_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.definitions import run_nightly

    home = demo_home.copy(tmp_path / "home")
    settings = Settings.load(home=home.path, env={})
    home.deliver(0)
    softer = tuple(check for check in catalogue() if check.id != "G3.deletes.leads")
    monkeypatch.setattr("data_checks.gate.catalogue", lambda: softer)
    with pytest.raises(HeldByGate, match=r"1 of \d+ checks hold this build, first G5\.gate"):
        run_nightly(settings, None, False)
    assert home.published_bytes() == demo_home.published_bytes()
    home.podium("ack", "v000002", "E-GATE-CHANGED", "--reason", "full deliveries end", "--by", "ana")
    run_nightly(settings, None, False)
    facts = home.certificate()
    assert (facts["release_id"], facts["overrides"]) == ("v000003", [])
    assert [one["check_id"] for one in facts["acknowledgements"]] == ["G5.gate"]
    assert "G3.deletes.leads" not in {one["id"] for one in facts["terms"]}
