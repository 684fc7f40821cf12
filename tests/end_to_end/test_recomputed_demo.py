"""Every published row of the demo CRM equals its recomputation in plain Python."""

from __future__ import annotations

from pathlib import Path

from pipelines.settings import Settings
from tests.recomputation.compare import assert_equal
from tests.recomputation.metrics import recompute


def test_every_published_row_of_the_demo_equals_the_recomputation(demo_home: Path) -> None:
    config = Settings.load(home=demo_home, env={}).config
    expected = recompute(demo_home / "inbox", config)
    assert all(expected.values())
    assert_equal(demo_home / "published" / "current" / "podium.duckdb", expected)
