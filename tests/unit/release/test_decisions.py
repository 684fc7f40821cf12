"""People's decisions about a held night: what they hold for, once, and what nobody can decide."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner
from release_home import PASSED, PEOPLE, TERMS, ReleaseHome, audit_of, check, march

from data_checks.gate import Audit
from data_checks.terms import RATE_CHECK, CertifiedTerms, Terms, gate_result
from data_checks.verdict import CheckResult
from pipelines.cli import main
from pipelines.cli.held import blocking_checks
from pipelines.cli.state import described, listed
from pipelines.errors import LedgerBroken, PodiumError, UsageError
from pipelines.night import nothing_new, plan
from pipelines.release import certificate, decisions, ledger, readers
from pipelines.release.chain import verify_all
from pipelines.release.deciding import LONGEST_TEXT, decide, lifetime
from pipelines.release.publish import publish
from pipelines.release.releases import find, newest_certified, newest_terms
from pipelines.release.seal import OVERRIDE_NOTE

WHY: dict[str, Any] = {"reason": "clean-up CHG-881", "by": "ana"}
OTHER_PEOPLE = (*PEOPLE, ("s4", "Dee", "south", 7, 0.5))


def failed(check_id: str, code: str, decision: str, value: float | None = 0.3, limit: float = 0.02) -> CheckResult:
    message = f"{code} sdr_ranking: too much, on 3 rows, observed {value}, threshold {limit}"
    seen = {"observed": f"{value}", "observed_value": value, "threshold_value": limit}
    return check(check_id, stage="G3", verdict="block", message=message, decision=decision, **seen)


STORM = failed("G3.deletes.leads", "E-DELETE-STORM", "override")
MOVED = replace(failed("G5.closed.won_amount", "E-CLOSED-MOVED", "ack"), column_name="won_amount")
CONSERVE = failed("G4.conserve.sdr_ranking.leads", "E-CONSERVE", "never")
STORMY = audit_of(check(), STORM)


@pytest.fixture
def held(released: ReleaseHome) -> ReleaseHome:
    """v000001 is current, v000002 is held by a deletion storm."""
    released.deliver(2)
    released.hold(STORMY)
    return released


def override(home: ReleaseHome, name: str = "E-DELETE-STORM", release_id: str = "v000002", **how: Any) -> Any:
    return decide(home.settings, "override", release_id, name, **(WHY | how))


def is_held(home: ReleaseHome, audit: Audit = STORMY, **how: Any) -> bool:
    return home.judged(audit, **how)[2].held


def table(home: ReleaseHome, release_id: str, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.published / release_id / "podium.duckdb"), read_only=True) as db:
        return db.execute(sql).fetchall()


def test_a_held_build_says_its_content_and_the_exact_command(held: ReleaseHome) -> None:
    build = json.loads((held.settings.held / "v000002" / "checks.json").read_text("utf-8"))
    assert len(build["content_sha256"]) == 64
    assert ledger.read(held.settings)[-1]["content_sha256"] == build["content_sha256"]
    told = blocking_checks(held.settings).splitlines()
    command = 'podium override v000002 E-DELETE-STORM --reason "WHY" --by NAME --expires 24h --home'
    assert told[-1].strip() == f"{command} {held.settings.home}"


def test_an_overridden_night_is_published_with_marks_everywhere(held: ReleaseHome) -> None:
    (decision,) = override(held, second="bo")
    night = plan(held.settings, held.receipts)
    assert nothing_new(held.settings, night) is None
    outcome = held.publish(audit=STORMY)
    assert outcome.is_current
    facts = find(held.settings, outcome.release_id).facts
    assert facts["overrides"] == [decisions.certified(decision)]
    assert facts["acknowledgements"] == []
    assert (decision.by, decision.second, decision.observed_value) == ("ana", "bo", 0.3)
    sql = "select verdict, message from check_results where check_id = 'G3.deletes.leads'"
    ((verdict, message),) = table(held, outcome.release_id, sql)
    assert verdict == "block_overridden"
    assert message.endswith("; overridden by ana (D0001): clean-up CHG-881")
    ((is_override, listed_there),) = table(
        held, outcome.release_id, "select is_override, overrides_json from release_info"
    )
    assert is_override
    assert json.loads(listed_there) == facts["overrides"]
    note = held.published / outcome.release_id / "csv" / OVERRIDE_NOTE
    assert note.read_text("utf-8").startswith(f"Published in spite of {STORM.check_id}, {decision.decision_id} of ana")
    assert not (held.published / "v000001" / "csv" / OVERRIDE_NOTE).exists()
    row = ledger.read(held.settings)[-1]
    assert (row["kind"], row["decisions"]) == ("published", ["D0001"])
    mark = "Published in spite of G3.deletes.leads, D0001 of ana: clean-up CHG-881"
    assert mark in row["reasons"]
    assert mark in described(readers.status(held.settings))
    assert "current, overridden" in listed(readers.list_releases(held.settings))
    assert verify_all(held.settings).releases == 2


def test_an_overridden_release_is_no_baseline(held: ReleaseHome) -> None:
    override(held)
    assert held.publish(audit=STORMY).is_current
    assert newest_certified(held.settings, march(9)).release_id == "v000001"  # type: ignore[union-attr]


def test_an_acknowledged_change_warns_and_is_the_new_baseline(released: ReleaseHome) -> None:
    moved = audit_of(check(), MOVED)
    released.deliver(2)
    released.hold(moved)
    decide(released.settings, "ack", "v000002", "G5.closed.won_amount", **WHY)
    night, _, audit = released.judged(moved)
    assert audit.acknowledged == {"G5.closed.won_amount"}
    assert not audit.held
    outcome = released.publish(audit=moved)
    facts = find(released.settings, outcome.release_id).facts
    assert [d["check_id"] for d in facts["acknowledgements"]] == ["G5.closed.won_amount"]
    assert facts["overrides"] == []
    assert [c["verdict"] for c in facts["checks"] if c["check_id"] == "G5.closed.won_amount"] == ["warn"]
    marks = table(released, outcome.release_id, "select is_override, overrides_json from release_info")
    assert marks == [(False, "[]")]
    assert newest_certified(released.settings, march(9)).release_id == outcome.release_id  # type: ignore[union-attr]
    marked = "select metric, is_acknowledged from closed_period_changes order by metric"
    changes = table(released, outcome.release_id, marked)
    assert changes == [("deals_won", False), ("won_amount", True)]
    assert ledger.read(released.settings)[-1]["decisions"] == ["D0001"]
    assert night.previous_release_id == "v000001"


def test_a_decision_is_used_once(held: ReleaseHome) -> None:
    override(held)
    assert held.publish(audit=STORMY).is_current
    assert is_held(held)


def test_a_decision_expires(held: ReleaseHome, monkeypatch: pytest.MonkeyPatch) -> None:
    (decision,) = override(held, expires="2h")
    assert timedelta(hours=1) < decision.expires_at - decisions.now() <= timedelta(hours=2)
    assert not is_held(held)
    monkeypatch.setattr(decisions, "now", lambda: decision.expires_at)
    assert is_held(held)


def test_a_decision_that_expires_before_the_swap_publishes_nothing(
    held: ReleaseHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    (decision,) = override(held)
    night, sealed = held.sealed(STORMY)
    monkeypatch.setattr(decisions, "now", lambda: decision.expires_at)
    with pytest.raises(PodiumError, match=r"E-DECISION v00000.: the decision D0001 on G3.deletes.leads does not stand"):
        publish(held.settings, sealed, night)
    assert held.current() == "v000001"


def test_a_certificate_cannot_name_a_decision_that_nobody_made(held: ReleaseHome) -> None:
    (decision,) = override(held)
    night, sealed = held.sealed(STORMY)
    facts = json.loads((sealed / certificate.NAME).read_text("utf-8"))
    facts["overrides"][0]["reason"] = "another"
    certificate.write(sealed, {name: fact for name, fact in facts.items() if name != "certificate_sha256"})
    with pytest.raises(PodiumError, match="E-DECISION"):
        publish(held.settings, sealed, night)
    assert decision.reason != "another"


def test_a_check_overridden_by_no_named_decision_is_not_certified(held: ReleaseHome) -> None:
    override(held)
    night, sealed = held.sealed(STORMY)
    facts = json.loads((sealed / certificate.NAME).read_text("utf-8")) | {"overrides": []}
    certificate.write(sealed, {name: fact for name, fact in facts.items() if name != "certificate_sha256"})
    with pytest.raises(PodiumError, match=r"check G3\.deletes\.leads did not pass"):
        publish(held.settings, sealed, night)


def test_other_content_needs_a_new_decision(held: ReleaseHome) -> None:
    override(held)
    assert is_held(held, people=OTHER_PEOPLE)
    assert not is_held(held)


@pytest.mark.parametrize(
    ("value", "holds"), [(0.3, False), (0.1, False), (0.300001, True), (-0.3, True), (None, True)], ids=str
)
def test_a_worse_value_needs_a_new_decision(held: ReleaseHome, value: float | None, holds: bool) -> None:
    override(held)
    again = audit_of(check(), failed("G3.deletes.leads", "E-DELETE-STORM", "override", value))
    assert is_held(held, again) is holds


@pytest.mark.parametrize(("value", "holds"), [(-0.5, False), (-0.4, False), (-0.6, True), (2.0, True)], ids=str)
def test_worse_is_farther_on_the_side_that_was_seen(released: ReleaseHome, value: float, holds: bool) -> None:
    released.deliver(2)
    released.hold(audit_of(check(), failed("G5.volume.leads", "E-VOLUME", "override", -0.5, limit=-0.3)))
    override(released, "E-VOLUME")
    again = audit_of(check(), failed("G5.volume.leads", "E-VOLUME", "override", value, limit=-0.3))
    assert is_held(released, again) is holds


def test_a_decision_is_about_its_own_check_and_no_other(held: ReleaseHome) -> None:
    override(held)
    both = audit_of(check(), STORM, failed("G3.deletes.users", "E-DELETE-STORM", "override"))
    _, _, audit = held.judged(both)
    assert [r.check_id for r in audit.results if r.verdict == "block"] == ["G3.deletes.users"]


def test_a_code_means_every_check_that_holds_by_it(released: ReleaseHome) -> None:
    both = audit_of(check(), STORM, failed("G3.deletes.users", "E-DELETE-STORM", "override"))
    released.deliver(2)
    released.hold(both)
    assert [one.check_id for one in override(released)] == ["G3.deletes.leads", "G3.deletes.users"]
    assert not is_held(released, both)


UNJUDGED = replace(failed("G3.deletes.leads", "E-CHECK-ERROR", "never"), observed="could not be executed")
REFUSED: dict[str, tuple[CheckResult, str, dict[str, Any], str]] = {
    "conservation": (CONSERVE, "override", {}, "guards integrity and is never overridden .*The grain is unique"),
    "unjudged": (UNJUDGED, "override", {}, "was not judged, so there is nothing to override"),
    "change overridden": (MOVED, "override", {}, "is a declared change, podium ack is for it"),
    "anomaly acknowledged": (STORM, "ack", {}, "is an anomaly, podium override is for it"),
    "integrity acknowledged": (CONSERVE, "ack", {}, "never overridden"),
    "no reason": (STORM, "override", {"reason": " \n "}, "E-DECISION --reason: cannot stand in the ledger"),
    "nobody": (STORM, "override", {"by": ""}, "E-DECISION --by"),
    "too long": (STORM, "override", {"reason": "x" * (LONGEST_TEXT + 1)}, "expected 1 to 500 characters, found 501"),
    "oneself as second": (STORM, "override", {"second": "Ana "}, "E-DECISION --second: is the one who decides"),
    "too long a life": (STORM, "override", {"expires": "8d"}, "E-DECISION --expires: no such time, expected 1h to 7d"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_decided_is_refused_with_the_reason(released: ReleaseHome, case: str) -> None:
    result, kind, how, message = REFUSED[case]
    released.deliver(2)
    released.hold(audit_of(check(), result))
    rows = ledger.read(released.settings)
    with pytest.raises(UsageError, match=message):
        decide(released.settings, kind, "v000002", result.check_id, **(WHY | how))  # type: ignore[arg-type]
    assert ledger.read(released.settings) == rows


def test_a_row_forged_for_an_integrity_check_lets_nothing_through(held: ReleaseHome) -> None:
    """Even a row that a person writes by a program of his own: the class of a check is asked again at the gate."""
    override(held)
    row = {name: value for name, value in ledger.read(held.settings)[-1].items() if name not in ("at", "prev_sha")}
    forged = row | {"decision_id": "D0002", "check_id": CONSERVE.check_id}
    ledger.append(held.settings, **forged)
    assert is_held(held, audit_of(check(), CONSERVE))


def test_nothing_is_offered_where_a_check_nobody_can_decide_holds(released: ReleaseHome) -> None:
    released.deliver(2)
    released.hold(audit_of(check(), STORM, CONSERVE))
    told = blocking_checks(released.settings)
    assert "podium override" not in told
    assert "Nobody can let it through" in told


def test_unknown_builds_and_codes_are_named(held: ReleaseHome) -> None:
    with pytest.raises(UsageError, match=r"E-NO-HELD v000009: no such held build is kept, expected one of v000002"):
        override(held, release_id="v000009")
    with pytest.raises(UsageError, match="E-NO-HELD"):
        override(held, release_id="../published/v000001")
    with pytest.raises(UsageError, match="E-DECISION E-STALE: does not hold v000002, expected one of E-DELETE-STORM"):
        override(held, "E-STALE")


def test_a_build_that_lacks_tables_cannot_be_decided(released: ReleaseHome) -> None:
    released.deliver(2)
    released.hold(replace(STORMY, content_sha256=""))
    path = released.settings.held / "v000002" / "checks.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"content_sha256": ""}), "utf-8")
    with pytest.raises(UsageError, match="was not built to its end"):
        override(released)


def test_an_old_decision_cannot_be_replayed(held: ReleaseHome) -> None:
    override(held)
    granted = ledger.lines(held.settings)[-1]
    assert held.publish(audit=STORMY).is_current
    before = held.tree()
    with held.settings.ledger.open("ab") as file:
        file.write(granted + b"\n")
    with pytest.raises(LedgerBroken, match=r"E-AUDIT-CHAIN at 5"):
        is_held(held)
    with pytest.raises(LedgerBroken, match=r"E-AUDIT-CHAIN at 5"):
        override(held)
    assert held.tree() == before


def test_three_overrides_of_one_check_in_a_month_ask_for_a_repair(released: ReleaseHome) -> None:
    for day, person in enumerate(("s5", "s6", "s7"), start=2):
        people = (*PEOPLE, (person, "Eve", "south", day, 0.5))
        released.deliver(day)
        night = released.hold(STORMY, people=people)
        override(released, release_id=night.release_id)
        audit = released.judged(STORMY, people=people)[2]
        (rate,) = [result for result in audit.results if result.check_id == RATE_CHECK]
        assert (rate.verdict, rate.observed_value) == ("warn" if day == 4 else "pass", day - 1)
        assert released.publish(audit=STORMY, people=people).is_current
    assert "retune or fix" in rate.message
    assert "G3.deletes.leads 3 times" in rate.message


@pytest.mark.parametrize(("said", "hours"), [("1h", 1), ("24h", 24), (" 3d ", 72), ("168h", 168)])
def test_lifetimes_are_hours_or_days(said: str, hours: int) -> None:
    assert lifetime(said) == timedelta(hours=hours)


@pytest.mark.parametrize("said", ["", "0h", "24", "1w", "-1h", "169h", "1.5d", "9999d"])
def test_other_lifetimes_are_refused(said: str) -> None:
    with pytest.raises(UsageError, match="E-DECISION --expires"):
        lifetime(said)


def softer(home: ReleaseHome, now: tuple[Terms, ...]) -> Audit:
    """An audit by `now`, judged against the terms of the newest release as the gate does."""
    certified = newest_terms(home.settings)
    assert isinstance(certified, CertifiedTerms)
    return replace(audit_of(check(), gate_result(certified, now)), terms=now)


GATE = (*TERMS, Terms("G3.deletes.leads", "critical", "at most 2 %", high=0.02))
SOFTENED: dict[str, tuple[tuple[Terms, ...], str]] = {
    "removed": (GATE[:1], "G3.deletes.leads removed"),
    "lowered": ((*TERMS, replace(GATE[1], severity="warning")), "G3.deletes.leads lowered from critical to warning"),
    "widened": (
        (*TERMS, replace(GATE[1], threshold="at most 5 %", high=0.05)),
        "G3.deletes.leads widened from at most 2 % to at most 5 %",
    ),
}


@pytest.mark.parametrize("how", SOFTENED)
def test_a_softened_gate_holds_until_it_is_acknowledged_and_is_then_the_baseline(home: ReleaseHome, how: str) -> None:
    now, phrase = SOFTENED[how]
    home.publish(day=1, audit=replace(PASSED, terms=GATE))
    before = home.tree()
    home.deliver(2)
    held = home.hold(softer(home, now))
    assert home.tree() == before
    assert phrase in ledger.read(home.settings)[-1]["reasons"][0]
    assert f"podium ack {held.release_id} E-GATE-CHANGED" in blocking_checks(home.settings)
    with pytest.raises(UsageError, match="podium ack is for it"):
        override(home, "E-GATE-CHANGED", held.release_id)
    decide(home.settings, "ack", held.release_id, "E-GATE-CHANGED", **WHY)
    assert is_held(home, softer(home, (TERMS[0],) if how != "removed" else ())), "another change is another decision"
    outcome = home.publish(audit=softer(home, now))
    assert outcome.is_current
    assert not find(home.settings, outcome.release_id).is_override
    home.deliver(3)
    assert not softer(home, now).held
    assert softer(home, now[:-1]).held


def test_the_cli_writes_the_decision_and_verifies_the_ledger(held: ReleaseHome, tmp_path: Path) -> None:
    def podium(*words: str) -> Any:
        return CliRunner().invoke(main, [*words, "--home", str(held.settings.home)])

    said = podium("override", "v000002", "E-DELETE-STORM", "--reason", "CHG-881", "--by", "ana", "--expires", "3h")
    assert said.exit_code == 0, said.output
    assert said.output.startswith("D0001: override of G3.deletes.leads, observed 0.3, until ")
    assert podium("override", "v000002", "E-DELETE-STORM", "--by", "ana").exit_code == 2
    whole = podium("audit", "verify")
    assert (whole.exit_code, whole.output) == (0, "Whole: 3 rows of the ledger, 1 releases as they were published.\n")
    held.settings.ledger.write_bytes(held.settings.ledger.read_bytes().replace(b"CHG-881", b"CHG-882"))
    broken = podium("audit", "verify")
    assert broken.exit_code == podium("run").exit_code == 3
    assert broken.stderr.startswith("E-AUDIT-CHAIN at 3: ")
    assert broken.stderr.count("\n") == 1
