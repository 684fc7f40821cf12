"""Gate drift: what was removed or softened since the last release is named, what was added or tightened is not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from data_checks.catalogue import catalogue
from data_checks.check import Check, Judged, Measured, Queried, decision_class
from data_checks.results import crashed, no_answer
from data_checks.suites.bands import none_allowed
from data_checks.terms import CertifiedTerms, Terms, fingerprint, gate_result, softened, terms_of
from data_checks.verdict import DbtTest

TERMS = Terms("G3.x", "critical", "-1 to 2", low=-1, high=2, values=("a", "b"), needs=("leads",), needs_any=("users",))
TEST = DbtTest("unique_leads", "stg_leads", "lead_id", "pass", 0, "error", "one row per lead", "")

SOFTER = {
    "lowered": ({"severity": "warning"}, "G3.x lowered from critical to warning"),
    "wider above": ({"high": 2.1, "threshold": "-1 to 2.1", "values": ()}, "G3.x widened from 2 values to -1 to 2.1"),
    "open above": ({"high": None}, "G3.x widened"),
    "wider below": ({"low": -1.5}, "G3.x widened"),
    "open below": ({"low": None}, "G3.x widened"),
    "one value more": ({"values": ("a", "b", "c")}, "G3.x widened from 2 values to 3 values"),
    "any value": ({"values": ()}, "G3.x widened"),
    "needs more": ({"needs": ("leads", "users")}, "G3.x made to wait for more deliveries"),
    "needs one of fewer": ({"needs_any": ("deals",)}, "G3.x made to wait for more deliveries"),
}


@pytest.mark.parametrize("how", SOFTER)
def test_a_softened_check_is_named(how: str) -> None:
    changed, phrase = SOFTER[how]
    (found,) = softened([TERMS], [replace(TERMS, **changed)])  # type: ignore[arg-type]
    assert found.startswith(phrase)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"high": 1.9, "low": -0.5},
        {"values": ("a",)},
        {"needs": ()},
        {"needs_any": ("users", "deals")},
        {"needs_any": ()},
        {"threshold": "in other words"},
    ],
    ids=str,
)
def test_a_tightened_check_is_free(changed: dict[str, object]) -> None:
    assert softened([TERMS], [replace(TERMS, **changed)]) == []  # type: ignore[arg-type]


def test_adding_and_raising_are_free_and_removing_is_not() -> None:
    warned = replace(TERMS, severity="warning")
    assert softened([warned], [TERMS, replace(TERMS, id="G3.y")]) == []
    assert softened([TERMS, replace(TERMS, id="G3.y")], [TERMS]) == ["G3.y removed"]


def test_a_limit_that_appears_narrows() -> None:
    assert softened([replace(TERMS, high=None, low=None, values=())], [TERMS]) == []


def test_the_gate_as_it_is_is_not_softer_than_itself_and_goes_through_json() -> None:
    now = terms_of(catalogue(), [TEST])
    kept = tuple(Terms.read(one) for one in json.loads(json.dumps([terms.written() for terms in now])))
    assert kept == now
    assert len(now) == len(catalogue()) + 1
    assert gate_result(CertifiedTerms("v000001", kept), now).verdict == "pass"


def first(kind: type[Check], severity: str = "critical") -> Check:
    return next(c for c in catalogue() if isinstance(c, kind) and c.severity == severity)


@pytest.mark.parametrize("kind", [Measured, Judged, Queried])
def test_removing_or_lowering_any_kind_of_check_holds(kind: type[Check]) -> None:
    before = CertifiedTerms("v000001", terms_of(catalogue(), [TEST]))
    check = first(kind)
    rest = [other for other in catalogue() if other is not check]
    for checks, phrase in (
        (rest, f"{check.id} removed"),
        ([*rest, replace(check, severity="warning")], f"{check.id} lowered from critical to warning"),
    ):
        result = gate_result(before, terms_of(checks, [TEST]))
        assert result.verdict == "block"
        assert result.decision == "ack"
        assert result.observed.startswith(phrase)
        assert result.message.startswith("E-GATE-CHANGED gate: softer than when v000001 was certified, on ")
        assert phrase in result.message


def test_widening_a_measured_or_judged_limit_holds() -> None:
    before = CertifiedTerms("v000001", terms_of(catalogue(), []))
    measured = next(c for c in catalogue() if c.id == "G3.deletes.leads" and isinstance(c, Measured))
    judged = next(c for c in catalogue() if c.id == "G4.range.ae_ranking.close_rate" and isinstance(c, Judged))
    for check, wider in (
        (measured, replace(measured, high=0.05)),
        (judged, replace(judged, arguments={**judged.arguments, "max_value": 2})),
    ):
        now = terms_of([*(c for c in catalogue() if c is not check), wider], [])
        assert gate_result(before, now).observed.startswith(f"{check.id} widened from ")


def test_a_removed_or_lowered_dbt_test_holds() -> None:
    before = CertifiedTerms("v000001", terms_of([], [TEST]))
    assert softened(before.terms, terms_of([], [])) == ["dbt.unique_leads removed"]
    lowered = terms_of([], [replace(TEST, severity="warn")])
    assert softened(before.terms, lowered) == ["dbt.unique_leads lowered from critical to warning"]


def test_without_a_release_there_is_nothing_to_compare_with() -> None:
    result = gate_result(None, terms_of(catalogue(), []))
    assert (result.verdict, result.is_required, result.rows_examined) == ("pass", False, 0)


def test_many_changes_are_counted_and_told_apart() -> None:
    before = CertifiedTerms("v000001", tuple(replace(TERMS, id=f"G3.{number}") for number in range(9)))
    all_gone, one_left = gate_result(before, ()), gate_result(before, before.terms[8:])
    assert "and 4 more" in all_gone.message
    assert "G3.5" not in all_gone.message
    assert all_gone.observed != one_left.observed


def test_the_fingerprint_changes_with_any_term() -> None:
    others = [replace(TERMS, severity="warning"), replace(TERMS, high=3), replace(TERMS, needs=())]
    assert len({fingerprint([one]) for one in (TERMS, *others)}) == 4


def test_integrity_is_never_decided() -> None:
    integrity = {"E-CONSERVE", "E-GRAIN", "E-RANGE", "E-CONTRACT", "E-MIXED-RELEASE", "E-RANK"}
    assert integrity <= {check.code for check in catalogue()}
    assert {check.decision for check in catalogue() if check.code in integrity} == {"never"}
    assert decision_class("E-CLOSED-UNEXPLAINED", "G5") == "never"
    assert decision_class("E-ANYTHING", "G9") == "never"


def test_anomalies_are_overridden_and_declared_changes_acknowledged() -> None:
    classes = {check.code: check.decision for check in catalogue() if check.severity == "critical"}
    assert classes["E-DELETE-STORM"] == classes["E-VOLUME"] == classes["E-QUARANTINE"] == "override"
    assert classes["E-CLOSED-MOVED"] == decision_class("E-GATE-CHANGED", "G5") == "ack"


def test_a_check_that_was_not_judged_is_never_decided() -> None:
    check = none_allowed("G3.x", "E-STALE", table="t", description="d", reason="r", subject="night", measure="m")
    assert check.decision == "override"
    assert no_answer(check, 0, "no rows to judge").decision == "never"
    assert crashed(check, ValueError()).decision == "never"
