"""Fills the tables that speak of the release itself: data_dictionary before the audit, check_results and release_info
after it, and what somebody acknowledged in closed_period_changes.

dbt makes them empty under its contracts. The order is build, describe, audit, decisions, fill, seal: people decide
about a content, so it must be known when they do. Judging is the audit's part; a held build gets no row about it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.contract import ENTITIES
from pipelines.crash import crash_point
from pipelines.errors import HeldByGate
from pipelines.intake.receipts import Receipt
from pipelines.night import Night, counted
from pipelines.quoting import identifier
from pipelines.release import provenance
from pipelines.release.content import content_sha256
from pipelines.release.decisions import of_kind
from pipelines.release.dictionary import Manifest, dictionary_rows, exposed_models, restricted_tables
from pipelines.release.files import canonical_json
from pipelines.settings import Settings
from pipelines.warehouse import connect

if TYPE_CHECKING:  # The gate imports pandas; only its type is needed.
    from data_checks.gate import Audit

logger = logging.getLogger("podium.release")

CHECK_COLUMNS = (
    "check_id",
    "stage",
    "severity",
    "is_required",
    "table_name",
    "column_name",
    "description",
    "rows_examined",
    "observed",
    "threshold",
    "observed_value",
    "threshold_value",
    "verdict",
    "message",
)
# What data_dictionary is of the open tables this is of the restricted ones, for the comments of their own database.
RESTRICTED_DICTIONARY = "night.restricted_dictionary"
# Tables of a role; empty ones are not available when its primary metric lacks an entity.
_TABLES_OF_ROLE = {"SDR": ("sdr_ranking",), "AE": ("ae_ranking",), "AM": ("am_ranking", "portfolio_bridge")}
# Tables of no single role, with the entities that fill them.
_TABLES_OF_ENTITY = {
    "handoff_pairs": ("handoffs",),
    "reject_reasons": ("handoffs",),
    "acceptance_criteria": ("handoffs", "leads"),
    "target_attainment": ("targets",),
    "coaching_effect": ("coaching_sessions",),
    "coaching_budget": ("variable_pay",),
}


def check_rows(audit: Audit) -> list[dict[str, Any]]:
    """The audit's results as rows of check_results, without the tail."""
    return [{name: getattr(result, name) for name in CHECK_COLUMNS} for result in audit.results]


def describe(warehouse: Path, night: Night, settings: Settings, manifest: Manifest) -> str:
    """Write data_dictionary of the private build; returns the hash of its content, which later steps leave alone.

    Restricted tables are described beside it, unless people's details are to be published. Empty, and nothing written,
    where an exposed table was not built. Raises PodiumError where the manifest leaves a comment or a grain out.
    """
    tables = [model["name"] for model in exposed_models(manifest)]
    with connect(warehouse, memory_limit_mb=settings.config.memory_limit_mb) as db:
        built = {
            name
            for (name,) in db.execute("select table_name from duckdb_tables() where schema_name = 'main'").fetchall()
        }
        if not built.issuperset(tables):
            return ""
        tail = {"release_id": night.release_id, "updated_at": night.built_at}
        db.begin()
        apart = set() if settings.config.publish.people_details else restricted_tables(manifest)
        described = [row | tail for row in dictionary_rows(manifest)]
        db.execute(f"create or replace table {RESTRICTED_DICTIONARY} as from main.data_dictionary limit 0")
        _replace(db, "main.data_dictionary", [row for row in described if row["table_name"] not in apart])
        _replace(db, RESTRICTED_DICTIONARY, [row for row in described if row["table_name"] in apart])
        content = content_sha256(db, tables)
        db.commit()
    return content


def fill(
    warehouse: Path,
    night: Night,
    settings: Settings,
    audit: Audit,
    receipts: Sequence[Receipt],
    manifest: Manifest,
) -> None:
    """Write check_results and release_info of a described private build, in one transaction.

    Raises HeldByGate for a held audit.
    """
    if audit.held:
        raise HeldByGate("E-HELD", night.release_id, "the gate holds this build", do="see podium explain")
    tail = {"release_id": night.release_id, "updated_at": night.built_at}
    tables = [model["name"] for model in exposed_models(manifest)]
    with connect(warehouse, memory_limit_mb=settings.config.memory_limit_mb) as db:
        db.begin()
        _replace(db, "main.check_results", [row | tail for row in check_rows(audit)])
        _mark_acknowledged(db, audit)
        missing = _tables_not_available(db, counted(receipts, night.as_of), tables)
        info = _release_info(settings, night, audit, receipts)
        info |= {"tables_not_available_json": canonical_json(missing)}
        _replace(db, "main.release_info", [info])
        db.commit()
    crash_point("S7", 1)
    content = audit.content_sha256[:12]
    logger.info(
        "%s %d tables, %d check results, content %s", night.release_id, len(tables), len(audit.results), content
    )


def _replace(db: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    """Put `rows` into `table` in place of what it holds, by column name and in the table's own types."""
    columns = db.execute(f"select column_name, column_type from (describe {table})").fetchall()
    db.execute(f"delete from {table}")
    names = ", ".join(identifier(name) for name, _ in columns)
    cells = ", ".join(f"unnest(cast(? as {kind}[]))" for _, kind in columns)
    # A column at a time: a statement per row takes thirty times as long.
    values = [[row[name] for row in rows] for name, _ in columns]
    db.execute(f"insert into {table} ({names}) select {cells}", values)


def _mark_acknowledged(db: duckdb.DuckDBPyConnection, audit: Audit) -> None:
    """Mark the changes of the event totals that somebody let through."""
    role_of = {table: role for role, tables in _TABLES_OF_ROLE.items() for table in tables}
    for result in audit.results:
        if result.check_id in audit.acknowledged and result.code == "E-CLOSED-MOVED":
            db.execute(
                "update main.closed_period_changes set is_acknowledged = true where role = ? and metric = ?",
                [role_of[result.table_name], result.column_name],
            )


def _release_info(settings: Settings, night: Night, audit: Audit, receipts: Sequence[Receipt]) -> dict[str, Any]:
    config, loaded = settings.config, counted(receipts, night.as_of)
    overrides = of_kind(audit, "override")
    deliveries = [
        {
            "source": receipt.source,
            "delivered_on": receipt.delivered_on,
            "entity": receipt.entity,
            "sha256": receipt.sha256,
            "rows": receipt.rows_loaded,
        }
        for receipt in loaded
    ]
    return {
        "release_id": night.release_id,
        "as_of": night.as_of,
        "built_at": night.built_at,
        "previous_release_id": night.previous_release_id,
        "is_override": bool(overrides),
        "company_time_zone": config.company_time_zone,
        "base_currency": config.base_currency,
        "fiscal_start_month": config.fiscal_start_month,
        "close_window_days": config.close_window_days,
        "acceptance_sla_hours": config.acceptance_sla_hours,
        "portfolio_value": config.portfolio_value,
        "code_version": provenance.code_version(),
        "definitions_sha256": provenance.definitions_sha256(),
        "config_sha256": provenance.config_sha256(settings),
        "lock_sha256": provenance.lock_sha256(),
        "deliveries": len(loaded),
        "deliveries_json": canonical_json(deliveries),
        "rows_loaded": sum(receipt.rows_loaded for receipt in loaded),
        "rows_quarantined": sum(receipt.rows_quarantined for receipt in loaded),
        "overrides_json": canonical_json(overrides),
        "content_sha256": audit.content_sha256,
        "updated_at": night.built_at,
    }


def _tables_not_available(
    db: duckdb.DuckDBPyConnection, loaded: Sequence[Receipt], tables: Sequence[str]
) -> list[dict[str, Any]]:
    """Which of the tables are empty because an entity was never delivered that fills them, and which entity.

    A role's tables are filled by what its primary metric needs.
    """
    delivered = {receipt.entity for receipt in loaded}
    primary = db.execute("select role, needs from main.metric_dictionary where is_primary order by role").fetchall()
    needed = {table: re.findall(r"\w+", needs or "") for role, needs in primary for table in _TABLES_OF_ROLE[role]}
    needed |= {table: list(entities) for table, entities in _TABLES_OF_ENTITY.items() if table in tables}
    missing = []
    for table, entities in needed.items():
        never = sorted(set(entities) & set(ENTITIES) - delivered)
        if never and not db.execute(f"select 1 from main.{table} limit 1").fetchone():
            missing.append({"table": table, "never_delivered": never})
    return missing
