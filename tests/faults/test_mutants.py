"""Fault 128, a gate that would not notice: small wrongs in models and gate, and whether anybody says so.

A handful here; `make soak` tries SOAK_MUTANTS of them, drawn from SOAK_SEED. Both are printed, and every mutant with
who noticed it.
"""

from __future__ import annotations

import csv
import os
import random
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from data_checks.catalogue import catalogue
from pipelines.settings import DBT_PROJECT
from tests.faults.equivalents import why_equivalent
from tests.faults.judges import UNNOTICED, Judges, gate_notices
from tests.faults.mutants import LAYERS, Mutant, drawn, mutated, places, softened
from tests.support.compiled_sql import compiled_project

MUTANTS = int(os.environ.get("SOAK_MUTANTS", "80"))
SEED = int(os.environ.get("SOAK_SEED") or random.SystemRandom().randrange(10**6))
NOTICED_AT_LEAST = 0.95
# One in so many is of the gate.
GATE_EVERY = 5
HANDFUL, HANDFUL_SEED = 6, 11


def sensible(judges: Judges, seed: int) -> Iterator[Mutant]:
    """Drawn mutants that a database takes and that are not known to change nothing; those are printed."""
    for mutant in drawn(compiled_project(), seed):
        if why := why_equivalent(mutant):
            print(f"soak: no wrong, {mutant}: {why}")
        elif judges.makes_sense(mutant):
            yield mutant


def test_a_handful_of_mutants_is_noticed(tmp_path: Path) -> None:
    judges = Judges(tmp_path)
    found = {str(mutant): judges.notice(mutant) for mutant in islice(sensible(judges, HANDFUL_SEED), HANDFUL)}
    assert len(found) == HANDFUL
    assert [mutant for mutant, who in found.items() if who == UNNOTICED] == []


def test_a_softened_gate_is_noticed() -> None:
    gates = list(islice(softened(catalogue(), HANDFUL_SEED), 200))
    assert {gate.rule for gate in gates} == {
        "removed",
        "waits for more",
        "lowered",
        "widened",
        "widened low",
        "widened high",
    }
    assert [str(gate) for gate in gates if not gate_notices(gate)] == []


def test_a_mutant_differs_in_one_place() -> None:
    sql = "select a from x left join y on x.a = y.a where x.b_on < y.b_on and coalesce(x.c, 0) > 1"
    rules = places(sql)
    assert {"join", "no condition", "half a condition", "boundary", "a day", "no default", "a number"} <= set(rules)
    made = [mutated("m", sql, rule, *place) for rule, where in rules.items() for place in where]
    assert len({mutant.sql for mutant in made}) == len(made)
    assert all(mutant.before != mutant.after for mutant in made)
    (dropped,) = [mutant.sql for mutant in made if mutant.rule == "no condition"]
    assert dropped == "SELECT a FROM x LEFT JOIN y ON x.a = y.a WHERE TRUE"


def test_the_same_seed_draws_the_same_mutants() -> None:
    nodes = compiled_project()
    first, again, other = (list(islice(drawn(nodes, seed), 2 * len(LAYERS))) for seed in (1, 1, 2))
    assert first == again != other
    assert [nodes[mutant.model].relation.split(".")[1] for mutant in first] == [*LAYERS, *LAYERS]


def test_a_ranked_metric_is_of_one_role() -> None:
    """What equivalents.py says of the rankings rests on it."""
    with (DBT_PROJECT / "seeds" / "metrics.csv").open(encoding="utf-8", newline="") as seed:
        ranked = Counter(row["metric"] for row in csv.DictReader(seed) if row["kind"] != "descriptive")
    assert ranked
    assert set(ranked.values()) == {1}


@pytest.mark.soak
def test_mutants_are_noticed(tmp_path: Path) -> None:
    of_gate = MUTANTS // GATE_EVERY
    print(f"\nsoak: {MUTANTS} mutants, {of_gate} of them of the gate, seed {SEED}")
    judges, found = Judges(tmp_path), dict[str, str]()
    for mutant in islice(sensible(judges, SEED), MUTANTS - of_gate):
        found[str(mutant)] = judges.notice(mutant)
        print(f"soak: {found[str(mutant)] or 'UNNOTICED'}, {mutant}", flush=True)
    for gate in islice(softened(catalogue(), SEED), of_gate):
        found[str(gate)] = "gate: E-GATE-CHANGED" if gate_notices(gate) else UNNOTICED
    survivors = [mutant for mutant, who in found.items() if who == UNNOTICED]
    by_whom = Counter(who.partition(":")[0] or "nobody" for who in found.values())
    print(f"soak: {len(found)} mutants, {dict(by_whom)}, seed {SEED}, survivors:", *survivors, sep="\n  ")
    assert len(survivors) <= (1 - NOTICED_AT_LEAST) * len(found)
