"""Shared by all tests: nothing of the machine's own set-up leads them elsewhere, and nothing calls home."""

from __future__ import annotations

import os

import pytest

# Their asserts are of no module of tests, and should say as much when they fail.
pytest.register_assert_rewrite("tests.faults")
os.environ["DO_NOT_TRACK"] = "1"
os.environ["GX_ANALYTICS_ENABLED"] = "false"
for name in [name for name in os.environ if name.startswith(("PODIUM_", "DAGSTER_HOME"))]:
    del os.environ[name]
