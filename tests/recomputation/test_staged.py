"""Which version of a row stands, and what had happened by the as-of date, in every staged table and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.small_company import Company
from tests.recomputation.restless import AS_OF, BEFORE, CONFIG, SEEDS, restless_staged, write_restless
from tests.recomputation.staged import staged_differences


@pytest.mark.parametrize("seed", SEEDS)
def test_every_staged_row_equals_its_recomputation(tmp_path: Path, seed: int) -> None:
    company = Company(tmp_path, **CONFIG)
    write_restless(company.settings.inbox, seed)
    expected = restless_staged(company.settings)
    models = tuple(expected)
    built = company.night(str(AS_OF), earlier=company.night(str(BEFORE), models=models), models=models)
    assert all(expected.values())
    assert staged_differences(built.db, expected) == []
    one = "(select min(lead_id) from staging.stg_leads)"
    built.db.execute(f"update staging.stg_leads set source = 'other' where lead_id = {one}")
    assert [found.partition(":")[0] for found in staged_differences(built.db, expected)] == ["stg_leads"]
