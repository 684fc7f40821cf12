"""Readers during publishes see one whole release each time (invariant I3)."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import duckdb
from release_home import ReleaseHome

from pipelines.settings import PROJECT_ROOT


def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_readers", PROJECT_ROOT / "benchmarks" / "readers.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_eight_readers_during_twenty_publishes_see_no_error_and_no_mixture(tmp_path: Path) -> None:
    tally = benchmark().race(tmp_path / "home", publishes=20, readers=8, pause=0.2)
    assert tally.errors == []
    assert (tally.torn, tally.stale) == (0, 0)
    assert len(tally.seen) > 1, "the readers read while releases changed"
    assert tally.reads >= 20


def test_a_reader_that_stays_keeps_its_release_and_a_new_one_gets_the_new(released: ReleaseHome) -> None:
    database = released.published / "current" / "podium.duckdb"
    with duckdb.connect(str(database.resolve()), read_only=True) as staying:
        released.publish(day=2)
        asked = "select distinct release_id from sdr_ranking"
        assert staying.execute(asked).fetchall() == [("v000001",)]
        with duckdb.connect(str(database.resolve()), read_only=True) as coming:
            assert coming.execute(asked).fetchall() == [("v000002",)]
