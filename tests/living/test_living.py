"""Clean nights of a living CRM are not held, and what befalls its deliveries is told: twelve nights over a year's end
here, a year of them in `make soak`. SOAK_NIGHTS says how many, SOAK_SEED which; both are printed.
"""

from __future__ import annotations

import os
import random
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from data_checks import runner
from data_checks.check import Expectation
from tests.living.injected import FAULTS, UNSEEN, drawn
from tests.living.nights import plain_answers
from tests.living.simulation import Simulation

NIGHTS = int(os.environ.get("SOAK_NIGHTS", "360"))
SEED = int(os.environ.get("SOAK_SEED") or random.SystemRandom().randrange(10**6))
# How many nights apart faults are drawn in the soak.
APART = 6
KNOWN = {fault.name: fault for fault in (*FAULTS, *UNSEEN)}
# A Saturday and a Sunday, the last day of a month and a year, a holiday, and the night that closes the year.
FIRST = date(2025, 12, 27)
SPOILED = {
    date(2025, 12, 28): "a third gone",
    date(2025, 12, 30): "cut between rows",
    date(2026, 1, 2): "a call left out",
    date(2026, 1, 4): "signs flipped",
    date(2026, 1, 6): "new stage",
}
CLEAN = (date(2025, 12, 29), date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 3), date(2026, 1, 5), date(2026, 1, 7))


def test_nights_over_a_year_end(tmp_path: Path) -> None:
    simulation = Simulation(tmp_path, FIRST, seed=11)
    simulation.clean()
    simulation.judge(12)
    for day in sorted([*SPOILED, *CLEAN]):
        if day <= simulation.crm.today:
            continue
        simulation.crm.live()
        if day in SPOILED:
            simulation.spoiled(KNOWN[SPOILED[day]])
            simulation.mend(KNOWN[SPOILED[day]])
        else:
            simulation.clean()
    assert simulation.crm.today == max(CLEAN)
    simulation.judge(12)
    _assert_sound(simulation)
    assert simulation.tally.nights == 1 + len(SPOILED) + len(CLEAN)
    assert len(simulation.tally.caught) == len(SPOILED)
    _assert_the_judge_sees(simulation)


@pytest.mark.soak
def test_a_year_of_nights(tmp_path: Path) -> None:
    simulation, chance = Simulation(tmp_path, date(2025, 3, 20), SEED), random.Random(SEED)
    waiting = drawn(chance, NIGHTS)
    print(f"\nliving: {NIGHTS} nights, seed {SEED}, a fault about every {APART}")
    simulation.clean(plain=False)
    while simulation.tally.nights < NIGHTS:
        simulation.crm.live()
        if simulation.crm.is_working(simulation.crm.today) and chance.random() < 1 / APART:
            fault = waiting.pop()
            simulation.spoiled(fault)
            simulation.mend(fault)
        else:
            simulation.clean()
        if simulation.crm.today.day == 7:
            simulation.judge(12)
            tally = simulation.tally
            print(f"living: {tally.nights} nights, {len(tally.false_holds)} held for nothing, {len(tally.wrong)} wrong")
    simulation.judge(12)
    print("\n".join(f"living: {line}" for line in simulation.tally.lines()))
    _assert_sound(simulation)


def _assert_the_judge_sees(simulation: Simulation) -> None:
    """A deal and an invoice of December that are a euro more are two figures that the release has wrong."""
    rows, day = simulation.crm.rows, FIRST.strftime("%Y-%m")
    deal = next(row for row in rows["opportunities"].values() if row["is_won"] and f"{row['closed_at']:%Y-%m}" == day)
    deal["amount"] += 1
    bill = next(row for row in rows["invoices"].values() if f"{row['invoiced_on']:%Y-%m}" == day)
    bill["amount"] += 1
    before = len(simulation.tally.wrong)
    simulation.judge(12)
    told = {line.split(": ")[1].split(" of ")[0] for line in simulation.tally.wrong[before:]}
    assert {"won_amount", "closing"} <= told


def _assert_sound(simulation: Simulation) -> None:
    tally = simulation.tally
    said = "\n".join(tally.lines())
    assert tally.false_holds == [], said
    assert tally.missed == [], said
    assert tally.wrong == [], said


GOOD = pd.DataFrame({"key": ["a", "b"], "number": [1.0, None]})
EXPECTED = {
    "ExpectTableColumnsToMatchOrderedList": ({"column_list": ["key", "number"]}, {"column_list": ["number", "key"]}),
    "ExpectTableRowCountToBeBetween": ({"min_value": 1}, {"min_value": 3}),
    "ExpectCompoundColumnsToBeUnique": ({"column_list": ["key", "number"]}, None),
    "ExpectColumnValuesToNotBeNull": ({"column": "key"}, {"column": "number"}),
    "ExpectColumnValuesToBeBetween": (
        {"column": "number", "min_value": 0, "max_value": 1},
        {"column": "number", "min_value": None, "max_value": 0},
    ),
    "ExpectColumnValuesToBeInSet": (
        {"column": "key", "value_set": ["a", "b", "c"]},
        {"column": "key", "value_set": ["a"]},
    ),
}


def test_plain_answers_are_those_of_great_expectations() -> None:
    wanted = [
        Expectation(f"{kind}.{number}", "critical", kind, "", arguments)
        for kind, both in EXPECTED.items()
        for number, arguments in enumerate(both)
        if arguments
    ]
    twice = [
        Expectation("twice", "critical", "ExpectCompoundColumnsToBeUnique", "", {"column_list": ["key", "number"]})
    ]
    doubled = pd.DataFrame({"key": ["a", "a"], "number": [1.0, 1.0]})
    for frame, expectations in ((GOOD, wanted), (doubled, twice)):
        plain, said = (answer("frame", frame, expectations) for answer in (plain_answers, runner._validate))
        assert plain == said
        assert {check_id: holds for check_id, (holds, _) in plain.items()} == {
            one.check_id: one.check_id.endswith(".0") for one in expectations
        }
