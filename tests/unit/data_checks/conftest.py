"""A good build in memory; whatever a test does to it is rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from gate_build import against, attach_baseline, fill

from data_checks.build import Build, read_build
from data_checks.profile import profile


@pytest.fixture(scope="session")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as db:
        fill(db)
        attach_baseline(db)
        yield db


@pytest.fixture(scope="session")
def earlier(database: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The profile of the good build."""
    return profile(read_build(database, None))


@pytest.fixture
def build(database: duckdb.DuckDBPyConnection, earlier: dict[str, Any]) -> Iterator[Build]:
    """The build compared with a last release that published the same."""
    database.begin()
    yield against(database, earlier)
    database.rollback()
