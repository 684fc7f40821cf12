"""Every published row of the demo CRM equals its recomputation in plain Python."""

from __future__ import annotations

from homes import Home

from pipelines.settings import Settings
from tests.recomputation.compare import assert_equal
from tests.recomputation.metrics import recompute


def test_every_published_row_of_the_demo_equals_the_recomputation(demo_home: Home) -> None:
    config = Settings.load(home=demo_home.path, env={}).config
    expected = recompute(demo_home.path / "inbox", config)
    assert all(expected.values())
    assert_equal(demo_home.path / "published" / "current" / "podium.duckdb", expected)
