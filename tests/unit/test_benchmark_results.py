"""The regression guard of the benchmark: what it reads back and what it calls worse. Measuring is not tested here."""

from __future__ import annotations

import runpy

from pipelines.settings import PROJECT_ROOT

# benchmarks/ is not installed: its pure part is read as a file.
_results = runpy.run_path(str(PROJECT_ROOT / "benchmarks" / "results.py"))
Cost, parse, table, worse = (_results[name] for name in ("Cost", "parse", "table", "worse"))
STEPS = ("first night", "next night", "late row")
COSTS = {"bare script": Cost(2, 3, 100, 0)} | {step: Cost(5, 6, 700, 80) for step in STEPS}


def test_a_printed_table_is_read_back() -> None:
    assert parse("# Heading\n\n" + "\n".join(table(1_000_000, COSTS))) == {
        (1_000_000, "bare script"): 1.0,
        **{(1_000_000, step): 2.5 for step in STEPS},
    }


def test_only_a_ratio_beyond_the_tolerance_is_worse() -> None:
    recorded = {(1_000, "first night"): 2.0}
    assert worse({(1_000, "first night"): 2.29}, recorded) == []
    assert worse({(1_000, "first night"): 2.31}, recorded) == ["1,000 first night: 2.31, recorded 2.00, tolerance 15%"]


def test_a_step_never_recorded_is_told() -> None:
    assert worse({(1_000, "late row"): 1.0}, {}) == ["1,000 late row: 1.00, never recorded"]
