"""dbt in this process: parse the project, build the private warehouse of a night.

What the SQL means stands in dbt_project; which result stops a night is data_checks' to say. Starting dbt as a
subprocess, as dagster-dbt does, would pay for its imports a second time in every night.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.crash import crash_point
from pipelines.errors import InfrastructureError
from pipelines.room import disk_full, says_disk_full
from pipelines.settings import DBT_PROJECT, Settings

log = logging.getLogger("podium.dbt")


@dataclass(frozen=True)
class NodeResult:
    """What became of a seed, model or test."""

    unique_id: str
    status: str  # success, error, skipped; for tests pass, warn, fail, error, skipped
    seconds: float
    failures: int | None
    message: str | None


@dataclass(frozen=True)
class BuildResult:
    """One invocation of dbt."""

    nodes: tuple[NodeResult, ...]

    @property
    def broken(self) -> tuple[NodeResult, ...]:
        """Models and seeds that could not be built; tests are the gate's to judge."""
        return tuple(n for n in self.nodes if n.status == "error" and not n.unique_id.startswith("test."))


def build(settings: Settings, warehouse: Path) -> BuildResult:
    """Run every seed, model and data test into `warehouse`; unit tests belong to the project's own tests.

    Raises InfrastructureError when dbt itself fails, not when a model or test does: see `BuildResult`.
    """
    target = settings.work / "dbt"
    environment = {
        "PODIUM_WAREHOUSE": str(warehouse),
        "PODIUM_SPILL": str(warehouse.parent / "spill"),
        "PODIUM_MEMORY": f"{settings.config.memory_limit_mb}MB",
    }
    # Results come back as objects; nobody reads the JSON that dbt would write, for half a CPU second.
    arguments = ["build", "--exclude-resource-type", "unit_test", "--no-write-json", "--target-path", str(target)]
    arguments += ["--partial-parse-file-path", str(settings.parse_cache)] if settings.parse_cache.is_file() else []
    crash_point("S5", 1)
    with _environment(environment):
        result = _invoke([*arguments, "--log-path", str(target)], progress=True)
    if result is None:
        log_file = target / "dbt.log"
        raise InfrastructureError("E-DBT", "dbt build", "stopped before it built anything", do=f"see {log_file}")
    crash_point("S5", 3)
    _keep_parse(target / "partial_parse.msgpack", settings.parse_cache)
    crash_point("S5", 4)
    return BuildResult(tuple(_node_result(node) for node in result.results))


def demand_built(settings: Settings, result: BuildResult, wanted: Set[str]) -> None:
    """Raise InfrastructureError unless every seed and model of `wanted` (unique ids) was built or skipped."""
    if any(says_disk_full(node.message or "") for node in result.broken):
        raise disk_full(settings.home)
    if result.broken:
        do = f"see {settings.work / 'dbt' / 'dbt.log'}"
        raise InfrastructureError("E-MODEL", _names(n.unique_id for n in result.broken), "could not be built", do=do)
    missing = wanted - {node.unique_id for node in result.nodes}
    if missing:
        do = f"remove {settings.parse_cache} and run again"
        raise InfrastructureError("E-MODEL", _names(missing), "not part of what dbt built", do=do)


def _names(unique_ids: Iterable[str]) -> str:
    return ", ".join(sorted(unique_id.split(".")[-1] for unique_id in unique_ids))


def parse() -> None:
    """Write dbt_project/target/manifest.json. Raises InfrastructureError when the project does not parse."""
    target = DBT_PROJECT / "target"
    if _invoke(["parse", "--target-path", str(target), "--log-path", str(target)], progress=False) is None:
        raise InfrastructureError("E-DBT", "dbt parse", "the project does not parse", do=f"see {target}/dbt.log")


def _invoke(arguments: list[str], *, progress: bool) -> Any:
    """The result of a dbt command, None when it failed before it had one."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    quiet = ["--quiet", "--log-level", "none", "--log-level-file", "info", "--no-use-colors"]
    project = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    callbacks = [_report_progress] if progress else []
    try:
        with _environment({"DO_NOT_TRACK": "1", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}):
            outcome = dbtRunner(callbacks=callbacks).invoke([*arguments, *quiet, *project])
    finally:
        # Otherwise the file stays open in this process and nobody can read it.
        DuckDBConnectionManager.close_all_connections()
    if outcome.exception:
        log.debug("dbt failed", exc_info=outcome.exception)
    return outcome.result


def _report_progress(event: Any) -> None:
    """One log line for each finished node, with how many there are."""
    if event.info.name in ("LogModelResult", "LogSeedResult"):
        log.info("%d/%d %s", event.data.index, event.data.total, event.data.node_info.node_name)
        crash_point("S5", 2)
    elif event.info.name == "LogTestResult":
        log.info("%d/%d %s", event.data.index, event.data.num_models, event.data.name)


def _node_result(node: Any) -> NodeResult:
    return NodeResult(
        unique_id=node.node.unique_id,
        status=str(node.status),
        seconds=float(node.execution_time),
        failures=node.failures,
        message=node.message,
    )


def _keep_parse(fresh: Path, cache: Path) -> None:
    """Keep what dbt parsed for the next night of this home; the target directory itself is always fresh."""
    if fresh.is_file():
        cache.parent.mkdir(parents=True, exist_ok=True)
        fresh.replace(cache)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set variables that dbt's profile reads, and take them back."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
