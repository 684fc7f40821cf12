"""Demos that several test modules read. They are made once per session and never written to."""

from __future__ import annotations

from pathlib import Path

import pytest
from demo_reading import NIGHTS, Made, state_after

from pipelines.demo import make_demo


def _made(directory: Path, **arguments: int) -> Made:
    summary = make_demo(directory, **arguments)
    return Made(directory, summary, state_after(directory))


@pytest.fixture(scope="session")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The demo of a newcomer's first run."""
    return _made(tmp_path_factory.mktemp("usual"))


@pytest.fixture(scope="session")
def one_night(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A small company in a single delivery."""
    return _made(tmp_path_factory.mktemp("one_night"), people=16, months=6)


@pytest.fixture(scope="session")
def many_nights(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The same small company in a full delivery and a month of deltas."""
    return _made(tmp_path_factory.mktemp("many_nights"), people=16, months=6, nights=NIGHTS)
