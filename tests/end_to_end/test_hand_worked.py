"""The examples worked by hand that stand beside the models, on the tables of a real night.

A night leaves them out: they change with the code alone. dbt takes the types of their rows from the tables of a build.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from unittest import mock

from homes import Home

from pipelines.settings import DBT_PROJECT


def test_every_example_beside_a_model_holds(demo_home: Home, tmp_path: Path) -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    warehouse = shutil.copy(demo_home.path / "work" / "warehouse.duckdb", tmp_path)
    arguments = ["test", "--select", "resource_type:unit_test", "--quiet", "--log-level", "none"]
    arguments += ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    arguments += ["--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path)]
    with mock.patch.dict(os.environ, {"PODIUM_WAREHOUSE": str(warehouse), "PODIUM_SPILL": str(tmp_path / "spill")}):
        outcome = dbtRunner().invoke(arguments)
    DuckDBConnectionManager.close_all_connections()
    assert not outcome.exception
    assert [f"{found.node.name}: {found.message}" for found in outcome.result if found.status != "pass"] == []
    examples = sum((path.read_text("utf-8").count("\n    model: ")) for path in DBT_PROJECT.rglob("models/**/*.yml"))
    assert len(outcome.result) == examples > 0
