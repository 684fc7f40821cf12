"""Fixtures of the intake tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from intake_home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def make_home(tmp_path: Path) -> Callable[..., Home]:
    """Homes with other options, each in a folder of its own."""
    count = iter(range(1000))
    return lambda **options: Home(tmp_path / str(next(count)), **options)
