"""Shared by all tests: nothing of the machine's own set-up leads them elsewhere, and nothing calls home."""

from __future__ import annotations

import os

os.environ["DO_NOT_TRACK"] = "1"
os.environ["GX_ANALYTICS_ENABLED"] = "false"
for name in [name for name in os.environ if name.startswith(("PODIUM_", "DAGSTER_HOME"))]:
    del os.environ[name]
