"""Every staging model keeps of each key the version that stands, by the same rules."""

from __future__ import annotations

import pytest

from pipelines.contract import ENTITIES
from tests.support.version_cases import expected, present


@pytest.mark.parametrize("entity", ENTITIES)
def test_the_version_that_stands(entity: str) -> None:
    assert present(entity) == expected(entity)


def test_without_the_rule_another_version_stands() -> None:
    assert present("users", "select user_id, full_name from crm.users") != expected("users")
