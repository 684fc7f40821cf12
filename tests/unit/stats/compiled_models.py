"""The project's SQL as dbt compiles it, to be run on rows of a test's own. No rows and no expectations here."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from unittest import mock

from pipelines.settings import DBT_PROJECT


def compiled_models(*names: str) -> dict[str, str]:
    """Name → select of each model, in the order given; relations are `warehouse.<schema>.<name>`."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    with tempfile.TemporaryDirectory() as directory:
        paths = {"PODIUM_WAREHOUSE": f"{directory}/warehouse.duckdb", "PODIUM_SPILL": f"{directory}/spill"}
        flags = ["--target-path", directory, "--log-path", directory, "--quiet", "--log-level", "none"]
        project = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
        with mock.patch.dict(os.environ, paths):
            outcome = dbtRunner().invoke(["compile", "--select", *names, *flags, *project])
        DuckDBConnectionManager.close_all_connections()
        assert outcome.success, outcome.exception
        compiled = {path.stem: path.read_text("utf-8") for path in Path(directory).glob("compiled/**/*.sql")}
    return {name: compiled[name] for name in names}
