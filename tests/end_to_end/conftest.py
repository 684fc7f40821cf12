"""A home with one published night of a small demo CRM, made once and copied by the tests that go on from it."""

from __future__ import annotations

import fcntl
import os

import pytest
from homes import Home, make_home


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """One published night. With several test processes the first makes it and the others wait; never change it."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    place, made = shared / "demo", shared / "demo" / "made"
    place.mkdir(exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            make_home(place)
            made.touch()
    return Home(place / "home", tuple(sorted((place / "drop").glob("*/*"))[1:]))
