"""The catalogue and the tests it speaks of cannot drift apart."""

from __future__ import annotations

import ast

import pytest

from pipelines.settings import PROJECT_ROOT
from tests.faults.catalogue import ELSEWHERE, TABLES, Entry, lines

FAULTS = 152


def test_every_fault_stands_once() -> None:
    assert sorted(row.number for row in (*TABLES, *ELSEWHERE)) == list(range(1, FAULTS + 1))


def test_a_fault_is_shown_or_it_is_said_what_is_missing() -> None:
    assert [entry.number for entry in ELSEWHERE if bool(entry.shown_by) == bool(entry.missing)] == []


@pytest.mark.parametrize("entry", [pytest.param(e, id=f"{e.section}{e.number}") for e in ELSEWHERE if e.shown_by])
def test_what_shows_a_fault_exists(entry: Entry) -> None:
    file, _, name = entry.shown_by.partition("::")
    tree = ast.parse((PROJECT_ROOT / "tests" / file).read_text("utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_the_list_counts_what_holds() -> None:
    printed = list(lines())
    held = sum(1 for line in printed if line.startswith("  ✓"))
    told = [int(line.split(": ")[1].split(" of ")[0]) for line in printed if line.startswith("tier")]
    assert held == sum(told)
    assert held < FAULTS or not any(entry.missing for entry in ELSEWHERE)
