"""The home that the faults of section C start from, made once per test process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.place import Place, make_template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_template(tmp_path_factory.mktemp("faults"))


@pytest.fixture
def place(template: Path, tmp_path: Path) -> Iterator[Place]:
    place = Place(template, tmp_path)
    yield place
    place.close()
