"""The project's SQL as dbt compiles it, run on small tables in an in-memory DuckDB.

For tests and benchmarks that ask whether the SQL computes what it should, on rows of their own: dbt runs once per state
of the project, DuckDB once per set of rows. What the rows are and what must come out of them stands with who asks.
"""

from __future__ import annotations

import functools
import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import pyarrow as pa

from pipelines.assets.manifest import fingerprint
from pipelines.settings import DBT_PROJECT
from tests.support.limits import LIMITS, SPILL_AT_MOST, in_time

CACHE = DBT_PROJECT / "target" / "compiled_sql.json"


@dataclass(frozen=True)
class Node:
    """A model, seed, source or data test of the project."""

    name: str  # a source is called as in dbt, <source>.<table>
    kind: str  # model, seed, source, test
    relation: str  # memory.<schema>.<name>; empty for a test
    reads: tuple[str, ...]
    sql: str  # a select, of the rows that fail for a test; empty for a source
    unique_id: str

    @property
    def anywhere(self) -> str:
        """Its SQL for the database that is open, whatever that is called."""
        return self.sql.replace('"memory".', "")


class CompiledModels:
    """Models to be built together. Seeds they read come with them; what else they read is given as rows."""

    def __init__(self, models: Iterable[str]) -> None:
        """Raises KeyError for a name that is no model of the project."""
        self.nodes = compiled_project()
        wanted = set(models)
        if unknown := sorted(name for name in wanted if name not in self.nodes or self.nodes[name].kind != "model"):
            raise KeyError(f"no models of the project: {', '.join(unknown)}")
        reads = {read for name in wanted for read in self.nodes[name].reads}
        wanted |= {read for read in reads if self.nodes[read].kind == "seed"}
        self.order = self._ordered(wanted)
        self.inputs = sorted(reads - wanted)

    def run(self, inputs: Mapping[str, Any], threads: int | None = None) -> duckdb.DuckDBPyConnection:
        """Build the models over `inputs`: name → pandas.DataFrame or pyarrow.Table with the columns that the SQL reads.

        Inputs and models are then in the connection under the names of a warehouse, as metrics.fct_ae_periods. What is
        given is not built, also where it is one of the models. `threads`: DuckDB's own number unless given.

        Raises KeyError if an input is missing or unknown.
        """
        missing, unknown = set(self.inputs) - set(inputs), set(inputs) - set(self.nodes)
        if missing or unknown:
            raise KeyError(f"inputs missing: {sorted(missing)}, unknown: {sorted(unknown)}")
        connection = duckdb.connect(config={"threads": threads} if threads else {})
        connection.execute(f"set max_temp_directory_size = '{SPILL_AT_MOST}'")
        for name, rows in inputs.items():
            _give(connection, self.nodes[name], rows)
        for name in self.order:
            if name not in inputs:
                _create(connection, self.nodes[name], self.nodes[name].sql)
        return connection

    def _ordered(self, names: set[str]) -> list[str]:
        """Each after everything it reads."""
        order: list[str] = []
        while rest := names.difference(order):
            order += sorted(name for name in rest if rest.isdisjoint(self.nodes[name].reads))
        return order


def rows_found(model: str, sql: str, inputs: Mapping[str, pa.Table], columns: str) -> list[tuple[Any, ...]]:
    """`columns` of the rows of a model, or, unless it is empty, of other `sql` in its place, over `inputs`, of which
    those are taken that the model reads. Raises duckdb.InterruptException for SQL that does not end.
    """
    nodes = compiled_project()
    with duckdb.connect(config=LIMITS) as db:
        for name in inputs.keys() & set(nodes[model].reads):
            _give(db, nodes[name], inputs[name])
        with in_time(db):
            return db.execute(f"select {columns} from ({sql or nodes[model].sql}) as found").fetchall()


def _give(connection: duckdb.DuckDBPyConnection, node: Node, rows: Any) -> None:
    connection.register("rows_given", rows)
    _create(connection, node, "select * from rows_given")
    connection.unregister("rows_given")


def _create(connection: duckdb.DuckDBPyConnection, node: Node, sql: str) -> None:
    connection.execute(f"create schema if not exists {node.relation.rsplit('.', 1)[0]}")
    connection.execute(f"create table {node.relation} as {sql}")


def rows_of(columns: str, rows: Sequence[Sequence[Any]] = ()) -> pa.Table:
    """A small table from column definitions, as "ae_id varchar, deals bigint", and its rows, mostly none."""
    with duckdb.connect() as connection:
        connection.execute(f"create table given ({columns})")
        if rows:
            connection.executemany(f"insert into given values ({', '.join('?' * len(rows[0]))})", rows)
        return connection.execute("from given").to_arrow_table()


@functools.cache
def compiled_project() -> dict[str, Node]:
    """Every model, seed, source and data test by name, kept on disk until a file of the project changes.

    Raises RuntimeError when the project does not compile.
    """
    # What was kept by an older state of this module lacks fields.
    state = f"{fingerprint(DBT_PROJECT)} {' '.join(field.name for field in fields(Node))}"
    kept = json.loads(CACHE.read_text("utf-8")) if CACHE.is_file() else {}
    if kept.get("state") != state:
        kept = {"state": state, "nodes": [asdict(node) for node in _nodes(_compile())]}
        CACHE.parent.mkdir(exist_ok=True)
        # Whole at once: another test process may be reading.
        part = CACHE.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(kept), "utf-8")
        part.replace(CACHE)
    return {node["name"]: Node(**{**node, "reads": tuple(node["reads"])}) for node in kept["nodes"]}


def _compile() -> dict[str, Any]:
    """The manifest with compiled SQL, for a database called `memory` as an in-memory one is."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    with tempfile.TemporaryDirectory() as directory:
        arguments = ["compile", "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
        arguments += ["--target-path", directory, "--log-path", directory, "--quiet", "--log-level", "none"]
        arguments += ["--select", "resource_type:model", "resource_type:test"]
        with mock.patch.dict(os.environ, {"PODIUM_WAREHOUSE": ":memory:", "PODIUM_SPILL": directory}):
            outcome = dbtRunner().invoke(arguments)
        DuckDBConnectionManager.close_all_connections()
        if not outcome.success:
            raise RuntimeError(f"the dbt project does not compile: {outcome.exception or outcome.result}")
        return dict(json.loads((Path(directory) / "manifest.json").read_text("utf-8")))


def _nodes(manifest: dict[str, Any]) -> list[Node]:
    sources = {key: f"{source['source_name']}.{source['name']}" for key, source in manifest["sources"].items()}
    names = {key: node["name"] for key, node in manifest["nodes"].items()} | sources
    return [
        Node(
            name=names[key],
            kind=node["resource_type"],
            relation=(node["relation_name"] or "").replace('"', ""),
            reads=tuple(names[read] for read in node.get("depends_on", {}).get("nodes", ())),
            sql=_seed_rows(node) if node["resource_type"] == "seed" else node.get("compiled_code") or "",
            unique_id=key,
        )
        for key, node in {**manifest["nodes"], **manifest["sources"]}.items()
        if node["resource_type"] in ("model", "seed", "source", "test")
    ]


def _seed_rows(seed: dict[str, Any]) -> str:
    """A select of the seed's file, in the types that the project gives it."""
    types = ", ".join(f"'{column}': '{type_}'" for column, type_ in seed["config"]["column_types"].items())
    return f"select * from read_csv('{DBT_PROJECT / seed['original_file_path']}', header = true, types = {{{types}}})"
