"""The manifest and the definitions, loaded once for all wiring tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines.assets.manifest import load_manifest
from pipelines.definitions import build_definitions
from pipelines.settings import Config, Settings


@pytest.fixture(scope="session")
def manifest() -> dict[str, Any]:
    return load_manifest()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("home")
    config = Config(nightly_hour=4, company_time_zone="Europe/Berlin", max_run_minutes=90)
    return Settings(home, Path(home) / "inbox", config)


@pytest.fixture(scope="session")
def defs(settings: Settings) -> dg.Definitions:
    return build_definitions(settings)
