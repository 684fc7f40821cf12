"""Every row of section C: injected as it says, and judged by the outcome it names."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

from pipelines.crash import STEPS, crash_point
from pipelines.settings import PROJECT_ROOT
from tests.faults.fault import Fault
from tests.faults.kills import TITLES
from tests.faults.place import Place
from tests.faults.process import PROCESS


@pytest.mark.parametrize("fault", [pytest.param(fault, id=f"{fault.section}{fault.number}") for fault in PROCESS])
def test_fault(fault: Fault, place: Place) -> None:
    fault.verify(place, fault.inject(place))


def test_every_step_is_killed() -> None:
    assert list(TITLES) == list(STEPS)


def test_every_registered_point_is_placed_once_and_every_placed_one_is_registered() -> None:
    placed = sorted(point for path in _sources() for point in _points(path))
    registered = sorted((step, number + 1) for step, points in STEPS.items() for number in range(len(points)))
    assert placed == registered


def test_without_its_variable_a_point_does_nothing() -> None:
    for step, points in STEPS.items():
        for number in range(len(points)):
            crash_point(step, number + 1)


def _sources() -> list[Path]:
    return [path for name in ("pipelines", "data_checks") for path in (PROJECT_ROOT / name).rglob("*.py")]


def _points(path: Path) -> list[tuple[str, int]]:
    """Step and number of every call of `crash_point` in a file; both must stand there as constants."""
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "crash_point"]
    return [(ast.literal_eval(call.args[0]), ast.literal_eval(call.args[1])) for call in named]


def test_numbers_are_unique() -> None:
    numbers = [(fault.section, fault.number) for fault in PROCESS]
    assert len(numbers) == len(set(numbers))
    assert all(inspect.signature(fault.inject) and fault.title and fault.outcome for fault in PROCESS)
