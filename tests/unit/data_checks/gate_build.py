"""Makes DuckDB files of the rows in gate_rows.py: a build as dbt leaves it, and a release to compare it with."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from gate_rows import BUILT_AT, CHANGED, CRM, FEBRUARY, JANUARY, PUBLISHED, D, Row

from data_checks.baseline import Baseline
from data_checks.build import Build, read_build
from data_checks.table import Column, Table
from data_checks.tables import TABLES
from pipelines.contract import ENTITIES, RAW_COLUMNS, Entity
from pipelines.versions import doubled

EARLIER = date(2026, 2, 9)
OPTIONS = {
    "company_time_zone": "UTC",
    "base_currency": "EUR",
    "fiscal_start_month": 1,
    "acceptance_sla_hours": 72,
    "close_window_days": 365,
    "close_horizon_days": 30,
    "close_lag_days": 5,
    "portfolio_value": "trailing_12m",
    "coaching_premium": 0.5,
    "report_language": "en",
    "set_deadline_hours": 36,
    "holidays": [],
}
_NAMES = {
    "DECIMAL(18,2)": "won_amount average_deal opening expansion contraction churn new reactivated transfer_in "
    "transfer_out fx closing kept_opening kept_closing kept_capped top_opening top_capped lifetime_first_value "
    "lifetime_last_value r0 r1 r1c line_amount variable_pay loss_per_day loss_per_day_median_month "
    "loss_per_day_best_month pay_per_day coaching_cost coachee_volume",
    "DATE": "month period_start period_end quarter_start cohort_start cohort_end chain_start chain_end since_on "
    "first_delivered_on last_delivered_on first_session_on last_session_on first_month last_month",
    "BOOLEAN": "is_complete in_role_at_end is_ranked mix_identified in_opening in_closing is_kept is_top is_additive "
    "is_primary is_mapped is_acknowledged",
    "TIMESTAMP": "updated_at",
    "DOUBLE": "expected_wins shared_deals target ramp_factor selling_days premium coaching_days",
    "BIGINT": "position minutes tenure_days rank rank_low rank_high previous_rank min_tenure_days",
}
_TYPES = {name: kind for kind, names in _NAMES.items() for name in names.split()}


def make_build(path: Path) -> None:
    """Write the build to a DuckDB file."""
    with duckdb.connect(str(path)) as db:
        fill(db)


def fill(db: duckdb.DuckDBPyConnection) -> None:
    for schema in ("crm", "staging", "night", "intermediate", "metrics", "seeds"):
        db.execute(f"create schema {schema}")
    _night(db)
    for entity in ENTITIES.values():
        _entity(db, entity)
    _intermediate(db)
    for table in TABLES.values():
        create_published(db, table)
    db.execute("create table metrics.fct_closed_period_changes as select * from main.closed_period_changes")
    db.execute("create table metrics.fct_coach_matches as select * from main.coach_candidates")


def create_published(db: duckdb.DuckDBPyConnection, table: Table) -> None:
    columns = {column.name: _type(column) for column in table.columns}
    tail = {"release_id": "v000002", "updated_at": BUILT_AT}
    rows = [{column.name: _blank(column) for column in table.columns} | row | tail for row in PUBLISHED[table.name]]
    _create(db, f"main.{table.name}", columns, rows)


def _type(column: Column) -> str:
    if column.name in _TYPES:
        return _TYPES[column.name]
    if column.kind == "count":
        return "BIGINT"
    return "VARCHAR" if column.kind in ("key", "filled", "free") else "DOUBLE"


def _blank(column: Column) -> Any:
    """What a column holds where a row does not say: nothing happened."""
    if column.kind in ("count", "signed"):
        return 0
    if column.kind == "filled":
        return False if _type(column) == "BOOLEAN" else "text"
    return None


def _create(db: duckdb.DuckDBPyConnection, name: str, columns: dict[str, str], rows: list[Row]) -> None:
    db.execute(f"create table {name} (" + ", ".join(f'"{column}" {kind}' for column, kind in columns.items()) + ")")
    marks = ", ".join("?" for _ in columns)
    for row in rows:
        db.execute(f"insert into {name} values ({marks})", [row.get(column) for column in columns])


def _entity(db: duckdb.DuckDBPyConnection, entity: Entity) -> None:
    """An entity as delivered, twice and in full, and its state."""
    columns = {column.name: column.type.sql for column in entity.columns}
    changed = {"updated_at": CHANGED} if entity.has_updated_at else {}
    rows = [changed | row for row in CRM[entity.name]]
    moments = [name for name in columns if name.endswith("_at") and name != "updated_at"]
    days = {f"{name.removesuffix('_at')}_on": name for name in moments}
    dated = [row | {day: row[at].date() for day, at in days.items() if row.get(at)} for row in rows]
    if entity.name == "activities":
        dated = [{"is_completed": True} | row for row in dated]
        _create(db, "staging.stg_activities_tonight", columns | dict.fromkeys(days, "DATE"), dated[1:])
        _create(db, "night.kept_activities", columns | dict.fromkeys(days, "DATE"), dated[:1])
    _create(db, f"staging.stg_{entity.name}", columns | dict.fromkeys(days, "DATE"), dated)
    raw = [
        row
        | {"_source": "crm", "_delivered_on": on, "_is_full": True, "_file_sha": f"sha {on}", "_line": line}
        | {"is_deleted": False}
        for on in (EARLIER, D)
        for line, row in enumerate(rows, 1)
    ]
    _create(db, f"crm.{entity.name}", columns | dict(RAW_COLUMNS), raw)
    if entity.name == "activities":
        db.execute(f"create view night.doubled_activities as {doubled(entity, 'crm.activities')}")
    for on in (EARLIER, D):
        set_aside = int(entity.name == "leads" and on == D)
        counts = (len(rows) + set_aside, len(rows), set_aside, 0)
        values = ("crm", entity.name, on, f"{entity.name}.csv", f"sha {on}", True, on == D, 0, "loaded", None, *counts)
        db.execute(f"insert into night.files values ({', '.join('?' for _ in values)})", values)


def _night(db: duckdb.DuckDBPyConnection) -> None:
    context = {"release_id": "v000002", "previous_release_id": "v000001", "as_of": D, "built_at": BUILT_AT, **OPTIONS}
    context |= {f"has_{name}": True for name in ENTITIES}
    kinds = {str: "VARCHAR", int: "BIGINT", float: "DOUBLE", bool: "BOOLEAN", date: "DATE", list: "DATE[]"}
    columns = {name: kinds.get(type(value), "TIMESTAMP") for name, value in context.items()}
    _create(db, "night.context", columns, [context])
    db.execute(
        "create view staging.stg_context as select *, (as_of + 1)::timestamp as as_of_ends_at from night.context"
    )
    db.execute("create table night.baseline as select 'v000001' as release_id, '' as changed_options")
    names = "source_name VARCHAR, entity VARCHAR, delivered_on DATE"
    db.execute(
        f"create table night.files ({names}, file_name VARCHAR, file_sha VARCHAR, is_full BOOLEAN, is_new BOOLEAN, "
        "version BIGINT, verdict VARCHAR, code VARCHAR, rows_in BIGINT, rows_loaded BIGINT, rows_quarantined BIGINT, "
        "rows_duplicate BIGINT)"
    )
    db.execute(
        f"create table night.quarantine ({names}, file_sha VARCHAR, line BIGINT, reason VARCHAR, key_text VARCHAR)"
    )
    refused = "'crm', 'leads', '2026-02-08', 'leads.csv', 'sha', false, false, 0, 'refused', 'E-SCHEMA', 4, 0, 0, 0"
    db.execute(f"insert into night.files values ({refused})")
    db.execute(f"insert into night.quarantine values ('crm', 'leads', ?, 'sha {D}', 4, 'bad_date', 'l9')", [D])


def _intermediate(db: duckdb.DuckDBPyConnection) -> None:
    periods = [
        {**JANUARY, "measured_to": date(2026, 2, 1)},
        {**FEBRUARY, "measured_to": date(2026, 2, 11)},
    ]
    columns = {"period_type": "VARCHAR", "period_start": "DATE", "period_end": "DATE", "measured_to": "DATE"}
    _create(db, "intermediate.int_periods", columns | {"is_complete": "BOOLEAN"}, periods)
    db.execute("create table intermediate.int_account_survivors (account_id VARCHAR, survivor_id VARCHAR)")
    deal = {"opportunity_id": "o1", "closed_on": date(2026, 1, 20), "is_won": True, "amount_base": Decimal("1000.00")}
    kinds = ("VARCHAR", "DATE", "BOOLEAN", "DECIMAL(18,2)")
    _create(db, "intermediate.int_deals", dict(zip(deal, kinds, strict=True)), [deal])
    versions = [{"opportunity_id": "o1", "stage": "won", "is_closed": True}]
    versions += [{"opportunity_id": "o2", "stage": stage, "is_closed": stage == "lost"} for stage in ("open", "lost")]
    columns = {"opportunity_id": "VARCHAR", "stage": "VARCHAR", "is_closed": "BOOLEAN"}
    _create(db, "staging.stg_opportunity_versions", columns, versions)
    criteria = [{"criterion": name} for name in ("budget", "authority", "need", "timing")]
    _create(db, "seeds.qualification_criteria", {"criterion": "VARCHAR"}, criteria)


def attach_baseline(db: duckdb.DuckDBPyConnection, where: str = ":memory:") -> None:
    """Put what the build publishes beside it as the last release."""
    db.execute(f"attach '{where}' as baseline")
    for table in TABLES:
        db.execute(f"create table baseline.main.{table} as select * from main.{table}")


def against(db: duckdb.DuckDBPyConnection, earlier: dict[str, Any]) -> Build:
    """The build compared with a release of the day before, whose profile is `earlier`. January was closed then."""
    return read_build(db, Baseline("v000001", EARLIER, Path("podium.duckdb"), deepcopy(earlier)))
