"""The private DuckDB file of a night, as dbt finds it: views over the raw rows and the facts of the night.

What the rows mean is dbt's work; where releases go is release/'s. Relations: docs/architecture.md.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from pipelines import kept_months
from pipelines.contract import ENTITIES, RAW_COLUMNS, Entity
from pipelines.crash import crash_point
from pipelines.intake.receipts import Receipt
from pipelines.night import Night
from pipelines.quoting import column_list, file_list
from pipelines.room import demand_room
from pipelines.settings import Settings

FILES = pa.schema(
    [
        ("source_name", pa.string()),
        ("entity", pa.string()),
        ("delivered_on", pa.date32()),
        ("file_name", pa.string()),
        ("file_sha", pa.string()),
        ("is_full", pa.bool_()),
        ("is_new", pa.bool_()),
        ("version", pa.int64()),
        ("verdict", pa.string()),
        ("code", pa.string()),
        ("rows_in", pa.int64()),
        ("rows_loaded", pa.int64()),
        ("rows_quarantined", pa.int64()),
        ("rows_duplicate", pa.int64()),
    ]
)
QUARANTINE = (
    ("source_name", "VARCHAR"),
    ("entity", "VARCHAR"),
    ("delivered_on", "DATE"),
    ("file_sha", "VARCHAR"),
    ("line", "BIGINT"),
    ("reason", "VARCHAR"),
    ("key_text", "VARCHAR"),
)
BASELINE = pa.schema(
    [
        ("release_id", pa.string()),
        ("as_of", pa.date32()),
        ("ends_at", pa.timestamp("us")),
        ("is_comparable", pa.bool_()),
        ("changed_options", pa.string()),
        ("has_same_definitions", pa.bool_()),
    ]
)
# What the release before published and remembered, in the columns that are asked for.
BEFORE = {
    "figures_before": (
        ("role", "VARCHAR"),
        ("metric", "VARCHAR"),
        ("period_type", "VARCHAR"),
        ("period_start", "DATE"),
        ("period_end", "DATE"),
        ("user_id", "VARCHAR"),
        ("full_name", "VARCHAR"),
        ("value", "DOUBLE"),
    ),
    "lines_before": (
        ("period_type", "VARCHAR"),
        ("period_start", "DATE"),
        ("am_id", "VARCHAR"),
        ("account_id", "VARCHAR"),
        ("in_opening", "BOOLEAN"),
        ("in_closing", "BOOLEAN"),
        ("r0", "DECIMAL(18,2)"),
        ("r1", "DECIMAL(18,2)"),
        ("r1c", "DECIMAL(18,2)"),
        ("line", "VARCHAR"),
        ("line_amount", "DECIMAL(18,2)"),
        ("fx", "DECIMAL(18,2)"),
        ("is_kept", "BOOLEAN"),
        ("is_top", "BOOLEAN"),
    ),
    "records_before": (
        ("role", "VARCHAR"),
        ("metric", "VARCHAR"),
        ("cut", "VARCHAR"),
        ("user_id", "VARCHAR"),
        ("thing", "VARCHAR"),
        ("thing_id", "VARCHAR"),
        ("counts_on", "DATE"),
        ("adds", "DECIMAL(18,2)"),
        ("settled_at", "TIMESTAMP"),
        ("micros_to_win", "BIGINT"),
        ("amount", "DECIMAL(18,2)"),
        ("currency", "VARCHAR"),
    ),
    "windows_before": (
        ("period_type", "VARCHAR"),
        ("period_start", "DATE"),
        ("measured_to", "DATE"),
        ("close_horizon_days", "BIGINT"),
        ("cohort_start", "DATE"),
        ("cohort_end", "DATE"),
    ),
}


@dataclass(frozen=True)
class Before:
    """The release that tonight is compared with.

    `deliveries` it was made of: source, delivered_on, entity, sha256. `files`: Parquet by the names of BEFORE; what is
    missing there is an empty table. `changed_options` are those that were others then. `months`: see kept_months.
    """

    release_id: str
    as_of: date
    changed_options: tuple[str, ...]
    has_same_definitions: bool
    deliveries: frozenset[tuple[str, date, str, str]]
    files: Mapping[str, Path]
    months: Path | None = None


def connect(path: Path, *, read_only: bool = False, memory_limit_mb: int | None = None) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file without any reach to the network; spills go beside it."""
    config: dict[str, Any] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": str(path.parent / "spill"),
    }
    if memory_limit_mb:
        config["memory_limit"] = f"{memory_limit_mb}MB"
    return duckdb.connect(str(path), read_only=read_only, config=config)


def prepare(settings: Settings, night: Night, receipts: Sequence[Receipt], before: Before | None = None) -> Path:
    """Make `work/warehouse.duckdb` afresh from the files delivered by D; returns its path.

    `before` is the release that tonight is compared with.
    """
    shutil.rmtree(settings.work / "dbt", ignore_errors=True)
    path = settings.work / "warehouse.duckdb"
    for stale in (path, path.with_name(path.name + ".wal")):
        stale.unlink(missing_ok=True)
    settings.work.mkdir(parents=True, exist_ok=True)
    counted = [receipt for receipt in receipts if receipt.delivered_on <= night.as_of]
    demand_room(settings.home, sum(r.rows_path(settings).stat().st_size for r in counted if r.rows_loaded))
    with connect(path, memory_limit_mb=settings.config.memory_limit_mb) as db:
        db.execute("create schema crm; create schema night")
        for entity in ENTITIES.values():
            _create_entity(db, entity, [r.rows_path(settings) for r in counted if _holds_rows(r, entity)])
        crash_point("S4", 2)
        db.register("context_row", _context(settings, night, {r.entity for r in counted if r.verdict == "loaded"}))
        db.execute("create table night.context as select * from context_row")
        db.register("file_rows", _files(counted, before))
        db.execute("create table night.files as select * from file_rows")
        _create_quarantine(db, [r.quarantine_path(settings) for r in counted if r.rows_quarantined])
        _create_before(db, before, settings.config.company_time_zone)
        kept_months.lay(db, before.months if before else None, settings)
    crash_point("S4", 3)
    return path


def _holds_rows(receipt: Receipt, entity: Entity) -> bool:
    return receipt.entity == entity.name and receipt.verdict == "loaded" and receipt.rows_loaded > 0


def _create_entity(db: duckdb.DuckDBPyConnection, entity: Entity, files: list[Path]) -> None:
    if files:
        db.execute(f"create view crm.{entity.name} as select * from read_parquet({file_list(files)})")
        return
    columns = [(column.name, column.type.sql) for column in entity.columns]
    db.execute(f"create table crm.{entity.name} ({column_list([*columns, *RAW_COLUMNS])})")


def _create_quarantine(db: duckdb.DuckDBPyConnection, files: list[Path]) -> None:
    if files:
        names = ", ".join(name for name, _ in QUARANTINE)
        db.execute(f"create view night.quarantine as select {names} from read_parquet({file_list(files)})")
        return
    db.execute(f"create table night.quarantine ({column_list(QUARANTINE)})")


def _create_before(db: duckdb.DuckDBPyConnection, before: Before | None, time_zone: str) -> None:
    """night.baseline with a row or none, and what the release before left as views or empty tables."""
    row = (
        {
            "release_id": before.release_id,
            "as_of": before.as_of,
            "ends_at": _end_of(before.as_of, time_zone),
            "is_comparable": not before.changed_options,
            "changed_options": ", ".join(before.changed_options),
            "has_same_definitions": before.has_same_definitions,
        }
        if before
        else None
    )
    db.register("baseline_row", pa.Table.from_pylist([row] if row else [], schema=BASELINE))
    db.execute("create table night.baseline as select * from baseline_row")
    for name, columns in BEFORE.items():
        file = before.files.get(name) if before else None
        if file:
            names = ", ".join(column for column, _ in columns)
            db.execute(f"create view night.{name} as select {names} from read_parquet({file_list([file])})")
        else:
            db.execute(f"create table night.{name} ({column_list(columns)})")


def _end_of(day: date, time_zone: str) -> datetime:
    """The midnight with which a company day ends, in UTC without a zone."""
    midnight = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(time_zone))
    return midnight.astimezone(UTC).replace(tzinfo=None)


def _context(settings: Settings, night: Night, delivered: set[str]) -> pa.Table:
    """The one row of night.context: D, the options, and which entities were ever delivered by D."""
    config = settings.config
    row: dict[str, tuple[Any, pa.DataType]] = {
        "release_id": (night.release_id, pa.string()),
        "previous_release_id": (night.previous_release_id, pa.string()),
        "as_of": (night.as_of, pa.date32()),
        "built_at": (night.built_at, pa.timestamp("us")),
        "company_time_zone": (config.company_time_zone, pa.string()),
        "base_currency": (config.base_currency, pa.string()),
        "fiscal_start_month": (config.fiscal_start_month, pa.int64()),
        "acceptance_sla_hours": (config.acceptance_sla_hours, pa.int64()),
        "close_window_days": (config.close_window_days, pa.int64()),
        "close_horizon_days": (config.close_horizon_days, pa.int64()),
        "close_lag_days": (config.close_lag_days, pa.int64()),
        "portfolio_value": (config.portfolio_value, pa.string()),
        "coaching_premium": (config.coaching_premium, pa.float64()),
        "report_language": (config.report.language, pa.string()),
        "set_deadline_hours": (config.set_deadline_hours, pa.int64()),
        "holidays": (list(config.holidays), pa.list_(pa.date32())),
        **{f"has_{name}": (name in delivered, pa.bool_()) for name in ENTITIES},
    }
    return pa.table({name: pa.array([value], kind) for name, (value, kind) in row.items()})


def _files(receipts: Sequence[Receipt], before: Before | None) -> pa.Table:
    rows = [
        {
            "source_name": receipt.source,
            "entity": receipt.entity,
            "delivered_on": receipt.delivered_on,
            "file_name": receipt.file_name,
            "file_sha": receipt.sha256,
            "is_full": receipt.is_full,
            "is_new": before is not None and _delivery(receipt) not in before.deliveries,
            "version": receipt.version,
            "verdict": receipt.verdict,
            "code": receipt.code,
            "rows_in": receipt.rows_in,
            "rows_loaded": receipt.rows_loaded,
            "rows_quarantined": receipt.rows_quarantined,
            "rows_duplicate": receipt.rows_duplicate,
        }
        for receipt in receipts
        # An archive that was taken holds no rows of its own: its members stand for it.
        if receipt.entity or receipt.verdict == "refused"
    ]
    return pa.Table.from_pylist(rows, schema=FILES)


def _delivery(receipt: Receipt) -> tuple[str, date, str, str]:
    return receipt.source, receipt.delivered_on, receipt.entity, receipt.sha256
