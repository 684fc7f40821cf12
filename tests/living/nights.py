"""What a CRM delivers in a night, and one night of Podium over it in this process.

The stages are Podium's own in the order of the assets, with three exceptions that save 10 of 13 seconds: dbt's SQL runs
as compiled once, its data tests included; the release is read back without starting another process; and expectations
are answered in plain pandas unless Great Expectations is asked for, whose answers are the same (test_living.py).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from math import inf
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pandas as pd
import pytest

from data_checks import runner
from data_checks.check import Expectation
from data_checks.verdict import CheckResult
from pipelines.assets.manifest import load_manifest
from pipelines.assets.tonight import Landed, Tonight
from pipelines.assets.verdict import judge, refuse
from pipelines.contract import ENTITIES
from pipelines.errors import HeldByGate
from pipelines.intake.receipts import receipts
from pipelines.intake.take import take_deliveries
from pipelines.night import plan
from pipelines.release import placing, read_back
from pipelines.release.lock import night_lock
from pipelines.release.memory import recall, remember
from pipelines.release.publish import publish
from pipelines.release.seal import seal
from pipelines.release.tables import fill
from pipelines.settings import Settings
from pipelines.transform import BuildResult, NodeResult
from pipelines.warehouse import connect, prepare
from tests.living.crm import Crm, Row
from tests.support.compiled_sql import CompiledModels, Node, compiled_project

# Which system tells of what. The CRM sends what changed, and on Sundays everything; the office everything each night.
SOURCES = {
    "crm": ("leads", "handoffs", "opportunities", "opportunity_history", "accounts", "account_owners", "invoices"),
    "phone": ("activities", "coaching_sessions"),
    "office": ("users", "assignments", "targets"),
    "bank": ("fx_rates", "variable_pay"),
}
SUNDAY = 6


class Spoiler(Protocol):
    """What may happen to a file on its way: to its rows before the sender counts them, to its bytes after."""

    entity: str
    is_vouched: bool

    def rows(self, rows: list[Row]) -> list[Row]: ...

    def sent(self, content: bytes) -> bytes: ...


@dataclass(frozen=True)
class Outcome:
    """What became of a night. `held` and `warned` are results of the gate, `refused` and `noted` codes of intake."""

    day: date
    release_id: str
    held: tuple[CheckResult, ...]
    warned: tuple[CheckResult, ...]
    refused: tuple[str, ...]
    noted: tuple[str, ...]
    cpu_seconds: float

    @property
    def codes(self) -> set[str]:
        """Every code by which somebody is told that something is wrong."""
        results = (*self.held, *self.warned)
        return {result.message.split()[0] for result in results} | {*self.refused, *self.noted}


# Deliveries -------------------------------------------------------------------------------------------------------


def deliver(crm: Crm, inbox: Path, everything: bool = False, spoiler: Spoiler | None = None) -> None:
    """Write the deliveries of tonight, one folder per source; `everything` asks all for a full export."""
    for source, entities in SOURCES.items():
        full = everything or source == "office" or (source == "crm" and crm.today.weekday() == SUNDAY)
        folder = inbox / source / crm.today.isoformat()
        folder.mkdir(parents=True)
        files = {}
        for entity in entities:
            rows = list((crm.rows if full else crm.touched)[entity].values())
            if not rows:
                continue
            mine = spoiler if spoiler and spoiler.entity == entity else None
            content = csv_of(entity, mine.rows([dict(row) for row in rows]) if mine else rows)
            if not mine or mine.is_vouched:
                digest = hashlib.sha256(content).hexdigest()
                files[f"{entity}.csv"] = {"rows": content.count(b"\n") - 1, "sha256": digest}
            (folder / f"{entity}.csv").write_bytes(mine.sent(content) if mine else content)
        manifest = {"files": files, "mode": "full" if full else "delta", "version": 1}
        (folder / "_manifest.json").write_text(json.dumps(manifest), "utf-8")
    crm.delivered()


def csv_of(entity: str, rows: Iterable[Row]) -> bytes:
    """Rows as the contract wants them; columns that no row has are left out, as a spoiler may do."""
    rows = list(rows)
    wanted = (*ENTITIES[entity].column_names, "is_deleted")
    names = [name for name in wanted if not rows or name == "is_deleted" or any(name in row for row in rows)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_text(row.get(name)) for name in names] for row in rows)
    return text.getvalue().encode()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


# Nights -----------------------------------------------------------------------------------------------------------


def night(settings: Settings, plain: bool = True) -> Outcome:
    """One night over what waits, as the job `nightly` runs it, up to a release or a held build.

    `plain` answers expectations without Great Expectations.
    """
    started = time.process_time()
    with night_lock(settings), quickly(plain):
        tonight = Tonight(settings)
        take_deliveries(settings)
        every = tuple(receipts(settings))
        planned = plan(settings, every)
        before = recall(settings, planned.as_of)
        tonight.landed = Landed(planned, every, prepare(settings, planned, every, before))
        try:
            with tonight.stage():
                _decide(tonight)
        except HeldByGate:
            pass
        finally:
            tonight.close()
    new = [receipt for receipt in every if receipt.delivered_on == planned.as_of]
    return Outcome(
        day=planned.as_of,
        release_id=planned.release_id,
        held=_of("block", tonight.audit.results),
        warned=_of("warn", tonight.audit.results),
        refused=tuple(receipt.code for receipt in new if receipt.verdict == "refused"),
        noted=tuple(note.split()[0] for receipt in new for note in receipt.notes),
        cpu_seconds=time.process_time() - started,
    )


def _of(verdict: str, results: Iterable[CheckResult]) -> tuple[CheckResult, ...]:
    return tuple(result for result in results if result.verdict == verdict)


@contextmanager
def quickly(plain: bool) -> Iterator[None]:
    """Start no process to read a release back, and ask Great Expectations only where that is wanted. One thread: on
    rows as few as these, two cost a quarter more than they save.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duckdb, "connect", partial(_connect, duckdb.connect))
        patch.setattr(placing, "read_back", read_back.check)
        if plain:
            patch.setattr(runner, "_validate", plain_answers)
        yield


def _connect(
    connect: Callable[..., duckdb.DuckDBPyConnection], *where: str, config: Mapping[str, Any] | None = None, **how: Any
) -> duckdb.DuckDBPyConnection:
    return connect(*where, config={**(config or {}), "threads": 1}, **how)


def plain_answers(_: str, frame: pd.DataFrame, expectations: Sequence[Expectation]) -> dict[str, tuple[bool, str]]:
    """What Great Expectations would say, by check id; an empty value breaks no rule but that it be filled."""
    return {wanted.check_id: (_holds(frame, wanted.kind, wanted.arguments), "") for wanted in expectations}


def _holds(frame: pd.DataFrame, kind: str, said: Mapping[str, Any]) -> bool:
    low, high = said.get("min_value"), said.get("max_value")
    low, high = -inf if low is None else low, inf if high is None else high
    if kind == "ExpectTableRowCountToBeBetween":
        return bool(low <= len(frame) <= high)
    if kind == "ExpectTableColumnsToMatchOrderedList":
        return list(frame.columns) == said["column_list"]
    if kind == "ExpectCompoundColumnsToBeUnique":
        return not frame.duplicated(said["column_list"]).any()
    column = frame[said["column"]]
    if kind == "ExpectColumnValuesToNotBeNull":
        return bool(column.notna().all())
    filled = column.dropna()
    if kind == "ExpectColumnValuesToBeInSet":
        return bool(filled.isin(said["value_set"]).all())
    assert kind == "ExpectColumnValuesToBeBetween", kind
    return bool(((filled >= low) & (filled <= high)).all())


def _decide(tonight: Tonight) -> None:
    """Build, judge, and publish or put aside."""
    settings, landed = tonight.settings, tonight.landed
    manifest = load_manifest()
    tonight.build = build(landed.warehouse)
    judge(tonight, manifest)
    if tonight.audit.held:
        raise refuse(tonight)
    fill(landed.warehouse, landed.night, settings, tonight.audit, landed.receipts, manifest)
    remember(settings, landed.warehouse, landed.night)
    sealed = seal(settings, landed.warehouse, landed.night, tonight.audit, landed.receipts)
    publish(settings, sealed, landed.night)


def build(warehouse: Path) -> BuildResult:
    """Every seed, model and data test of the project, as `dbt build` runs them into this file."""
    nodes = compiled_project()
    models = CompiledModels(name for name, node in nodes.items() if node.kind == "model")
    with connect(warehouse) as db:
        for name in models.order:
            schema, table = nodes[name].relation.split(".")[1:]
            db.execute(f"create schema if not exists {schema}")
            db.execute(f"create table {schema}.{table} as {_here(nodes[name])}")
        tests = [node for node in nodes.values() if node.kind == "test"]
        failing = [(node, len(db.execute(_here(node)).fetchall())) for node in tests]
    results = [NodeResult(nodes[name].unique_id, "success", 0.0, None, None) for name in models.order]
    results += [NodeResult(node.unique_id, "fail" if rows else "pass", 0.0, rows, None) for node, rows in failing]
    return BuildResult(tuple(results))


def _here(node: Node) -> str:
    """Its SQL for the file that is open, whatever that is called."""
    return node.sql.replace('"memory".', "")
