"""The statistics macros and `cents` as dbt compiles them, once per session, and a database to run them in."""

from __future__ import annotations

import functools
import json
import os
import tempfile
from collections.abc import Iterator
from unittest import mock

import duckdb
import pytest

from pipelines.assets.manifest import fingerprint
from pipelines.settings import DBT_PROJECT

# Every query reads the table given_rows; groups are one per team and month.
GROUPS = '["team", "month"]'
QUERIES = {
    "normal_cdf": 'select x, {{ normal_cdf("x") }} as p from given_rows',
    "normal_cdf_of": 'select {{ normal_cdf_of("x - y", "sd") }} as p from given_rows',
    "mid_quantiles": "{{ mid_quantiles() }}",
    "cents": 'select {{ cents("amount") }} from given_rows',
    "exact_sum": 'select {{ exact_sum("x") }} from given_rows',
    "exact_sum_of_shares": 'select {{ exact_sum_of_shares("x") }} from given_rows',
    "tier": 'select {{ tier("low", "high", "mean") }} from given_rows',
    "proportions": f'{{{{ shrunk_proportions("given_rows", {GROUPS}, "person") }}}}',
    "rates": f'{{{{ shrunk_rates("given_rows", {GROUPS}, "person") }}}}',
    "amounts": f'{{{{ shrunk_amounts("given_rows", {GROUPS}, "person") }}}}',
    "places": f'{{{{ rank_intervals("given_rows", {GROUPS}, "person", "value", "sd") }}}}',
    "places_exactly": f'{{{{ rank_intervals("given_rows", {GROUPS}, "person", "value", "sd", exact_up_to=100000) }}}}',
    "places_tabulated": f'{{{{ rank_intervals("given_rows", {GROUPS}, "person", "value", "sd", exact_up_to=0) }}}}',
}
_BORDER = "\n-- next query\n"
CACHE = DBT_PROJECT / "target" / "compiled_macros.json"


@pytest.fixture
def sql() -> dict[str, str]:
    """Compiled SQL of every query above."""
    return _compiled()


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@functools.cache
def _compiled() -> dict[str, str]:
    """Kept on disk until a query or a file of the project changes."""
    state = [fingerprint(DBT_PROJECT), QUERIES]
    kept = json.loads(CACHE.read_text("utf-8")) if CACHE.is_file() else {}
    if kept.get("state") != state:
        kept = {"state": state, "compiled": _compile()}
        CACHE.parent.mkdir(exist_ok=True)
        # Whole at once: another test process may be reading.
        part = CACHE.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(kept), "utf-8")
        part.replace(CACHE)
    return dict(kept["compiled"])


def _compile() -> dict[str, str]:
    """Raises RuntimeError when the project or a query does not compile."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    with tempfile.TemporaryDirectory() as directory:
        arguments = ["compile", "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
        arguments += ["--target-path", directory, "--log-path", directory, "--quiet", "--log-level", "none"]
        arguments += ["--no-introspect", "--no-populate-cache", "--inline", _BORDER.join(QUERIES.values())]
        with mock.patch.dict(os.environ, {"PODIUM_WAREHOUSE": ":memory:", "PODIUM_SPILL": directory}):
            outcome = dbtRunner().invoke(arguments)
        DuckDBConnectionManager.close_all_connections()
    if not outcome.success:
        raise RuntimeError(f"the macros do not compile: {outcome.exception or outcome.result}")
    compiled = str(outcome.result.results[0].node.compiled_code).split(_BORDER)
    return dict(zip(QUERIES, compiled, strict=True))
