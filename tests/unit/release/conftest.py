"""A home per test, empty or with one release."""

from __future__ import annotations

from pathlib import Path

import pytest
from release_home import ReleaseHome

from pipelines.release import provenance


@pytest.fixture(autouse=True)
def _code_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever edits a source file while these tests run must not make them fail."""
    monkeypatch.setattr(provenance, "code_sha256", lambda: "0" * 64)


@pytest.fixture
def home(tmp_path: Path) -> ReleaseHome:
    return ReleaseHome.at(tmp_path / "home")


@pytest.fixture
def released(home: ReleaseHome) -> ReleaseHome:
    """v000001 as of 1 March is current."""
    home.publish(day=1)
    return home
