"""Makes the files of a release out of the private build, and the certificate over them.

Writes under published/.sealing-<id>/ only, where no reader looks. Whether it goes out is publish.py's decision.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.crash import crash_point
from pipelines.durable import fsync
from pipelines.errors import HeldByGate, PodiumError
from pipelines.intake.receipts import Receipt
from pipelines.night import Night, counted, inputs_sha256
from pipelines.quoting import identifier, literal
from pipelines.release import briefs, certificate, chain, databases, provenance, restricted
from pipelines.release.content import content_sha256
from pipelines.release.csv_export import write_csv
from pipelines.release.decisions import in_words, of_kind
from pipelines.release.files import (
    PRIVATE_DIRECTORY,
    READER_DIRECTORY,
    READER_FILE,
    fsync_tree,
    make_directory,
    remove_tree,
)
from pipelines.release.recovery import SEALING
from pipelines.release.releases import DATABASE
from pipelines.release.tables import RESTRICTED_DICTIONARY, check_rows
from pipelines.settings import Settings

if TYPE_CHECKING:  # The gate imports pandas; only its type is needed.
    from data_checks.gate import Audit

logger = logging.getLogger("podium.release")

# Any DuckDB since 1.0 reads it.
STORAGE_VERSION = "v1.0.0"
OVERRIDE_NOTE = "published_with_override.txt"


def seal(settings: Settings, warehouse: Path, night: Night, audit: Audit, receipts: Sequence[Receipt]) -> Path:
    """Export the exposed tables of a filled, passed build and certify the bytes; returns the sealed directory.

    The exposed tables are those of data_dictionary, the restricted ones those described beside it. Raises HeldByGate
    for a held audit, PodiumError when the build or its inputs are no longer what the night was planned on and filled
    with.
    """
    if audit.held:
        raise HeldByGate("E-HELD", night.release_id, "the gate holds this build", do="see podium explain")
    _demand_same_inputs(settings, night, receipts)
    directory = settings.published / f"{SEALING}{night.release_id}"
    if directory.exists():
        remove_tree(directory)
    for place in (settings.published, directory, directory / "parquet", directory / "csv"):
        make_directory(place, READER_DIRECTORY)
    exported = _export(settings, night, warehouse, directory)
    _mark_override(directory, audit)
    opened = [path for path in directory.rglob("*") if not restricted.is_restricted(path, directory)]
    for path in (settings.published, directory, *opened):
        _open_to_readers(settings, path)
    restricted.give(directory, settings)
    crash_point("S7", 2)
    certificate.write(directory, _facts(settings, night, audit, receipts) | exported)
    _open_to_readers(settings, directory / certificate.NAME)
    fsync_tree(directory)
    fsync(settings.published)
    crash_point("S7", 3)
    logger.info("%s sealed, %d tables", night.release_id, len(exported["tables"]))
    return directory


def _open_to_readers(settings: Settings, path: Path) -> None:
    """Let the group that owns the home open a file or directory, whatever group the night itself runs with.

    Where Podium's user is not in that group, its own group stays.
    """
    group = settings.home.stat().st_gid
    if path.stat().st_gid != group:
        with suppress(PermissionError):
            os.chown(path, -1, group)
    path.chmod(READER_DIRECTORY if path.is_dir() else READER_FILE)


def _demand_same_inputs(settings: Settings, night: Night, receipts: Sequence[Receipt]) -> None:
    if inputs_sha256(settings, receipts, night.as_of) != night.inputs_sha256:
        what = "deliveries or configuration changed while the night ran"
        raise PodiumError("E-INPUTS-MOVED", night.release_id, what, do="run again")


def _export(settings: Settings, night: Night, warehouse: Path, directory: Path) -> dict[str, Any]:
    """Write databases, Parquet and CSV; returns rows per table and the content hash of what goes out.

    The build is read and sorted once. The other files, the counts and the hash are made of the database that came of
    it, opened anew, so that what a reader would find there is what the audit was about.
    """
    config: dict[str, Any] = {
        "memory_limit": f"{settings.config.memory_limit_mb}MB",
        "temp_directory": str(settings.work / "spill"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with duckdb.connect(":memory:", config=config) as db:
        db.execute(f"attach {literal(str(warehouse))} as build (read_only)")
        _write_database(db, "build.main.data_dictionary", directory / DATABASE)
        if _described(db, f"build.{RESTRICTED_DICTIONARY}"):
            make_directory(directory / restricted.DIRECTORY, PRIVATE_DIRECTORY)
            _write_database(db, f"build.{RESTRICTED_DICTIONARY}", directory / restricted.DATABASE)
        tables = databases.attach(db, directory)
        content = content_sha256(db, tables)
        if db.execute("select content_sha256 from build.main.release_info").fetchall() != [(content,)]:
            raise PodiumError("E-CONTENT", warehouse.name, "changed since its audit", do="run again")
        for table, database in tables.items():
            if not restricted.is_restricted(database, directory):
                _write_files(db, table, directory)
        if briefs.TABLE in tables:
            place = tables[briefs.TABLE].parent
            foot = f"{night.release_id} · {night.as_of}"
            briefs.write_pages(db, place, foot, settings.config.report.language)
        counts = {table: _count(db, table) for table in tables}
    return {"tables": counts, "content_sha256": content}


def _described(db: duckdb.DuckDBPyConnection, dictionary: str) -> dict[str, list[str]]:
    """The tables that a dictionary of the build describes, and their grain."""
    rows = db.execute(
        "select table_name, list(column_name order by ordinal) filter (is_key) "
        f"from {dictionary} group by table_name order by table_name"
    ).fetchall()
    return {table: keys or [] for table, keys in rows}


def _write_database(db: duckdb.DuckDBPyConnection, dictionary: str, path: Path) -> None:
    """Copy what `dictionary` describes with constraints and comments; COPY FROM DATABASE would take the whole build
    along.
    """
    tables = _described(db, dictionary)
    if not tables:
        raise PodiumError("E-DICTIONARY", "data_dictionary", "is empty", do="fill the tables of the release first")
    db.execute(f"attach {literal(str(path))} as out (storage_version {literal(STORAGE_VERSION)})")
    db.execute("use out")
    # One transaction: each of some hundred comments would be flushed to disk on its own.
    db.begin()
    for table, keys in tables.items():
        named = "database_name = 'build' and schema_name = 'main' and table_name = ?"
        built = db.execute(f"select sql from duckdb_tables() where {named}", [table]).fetchone()
        if built is None:
            raise PodiumError(
                "E-DICTIONARY", table, "is exposed and was not built", do="see the models of _exposures.yml"
            )
        db.execute(built[0])
        order = f" order by {', '.join(map(identifier, keys))}" if keys else ""
        db.execute(f"insert into out.main.{identifier(table)} select * from build.main.{identifier(table)}{order}")
        _comment(db, table, dictionary)
    db.commit()
    db.execute("checkpoint out")
    db.execute("use memory")
    db.execute("detach out")


def _comment(db: duckdb.DuckDBPyConnection, table: str, dictionary: str) -> None:
    """Say in the database what the dictionary says of the table and its columns."""
    texts = db.execute(
        f"select column_name, description, table_description from {dictionary} where table_name = ?",
        [table],
    ).fetchall()
    place = f"out.main.{identifier(table)}"
    db.execute(f"comment on table {place} is {literal(texts[0][2])}")
    for column, description, _ in texts:
        db.execute(f"comment on column {place}.{identifier(column)} is {literal(description)}")


def _write_files(db: duckdb.DuckDBPyConnection, table: str, directory: Path) -> None:
    select = f"select * from {identifier(table)}"
    parquet = literal(str(directory / "parquet" / f"{table}.parquet"))
    db.execute(f"copy ({select}) to {parquet} (format parquet, compression zstd)")
    write_csv(db, select, directory / "csv" / f"{table}.csv")


def _mark_override(directory: Path, audit: Audit) -> None:
    """Lay a note beside the CSV files of a release that was let through: a row at the end of each would be data."""
    told = in_words({"overrides": of_kind(audit, "override"), "acknowledgements": []})
    if told:
        (directory / "csv" / OVERRIDE_NOTE).write_text("".join(f"{line}\n" for line in told), "utf-8")


def _count(db: duckdb.DuckDBPyConnection, table: str) -> int:
    row = db.execute(f"select count(*) from {identifier(table)}").fetchone()
    return row[0] if row else 0


def _facts(settings: Settings, night: Night, audit: Audit, receipts: Sequence[Receipt]) -> dict[str, Any]:
    """What the certificate says beside the artefacts and what is in them."""
    deliveries = [
        {
            "source": receipt.source,
            "delivered_on": receipt.delivered_on,
            "entity": receipt.entity,
            "sha256": receipt.sha256,
        }
        for receipt in counted(receipts, night.as_of)
    ]
    return {
        "release_id": night.release_id,
        "parent_release_id": night.previous_release_id,
        "as_of": night.as_of,
        "built_at": night.built_at,
        "promote": night.promote,
        "decision": "publish",
        "decided_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "inputs": {"sha256": night.inputs_sha256, "deliveries": deliveries},
        "code_sha256": provenance.code_sha256(),
        "definitions_sha256": provenance.definitions_sha256(),
        "config_sha256": provenance.config_sha256(settings),
        "lock_sha256": provenance.lock_sha256(),
        "tools": provenance.tool_versions(),
        "checks_sha256": audit.checks_sha256,
        "checks": check_rows(audit),
        "profile": audit.profile,
        "terms": [one.written() for one in audit.terms],
        "overrides": of_kind(audit, "override"),
        "acknowledgements": of_kind(audit, "ack"),
        "ledger": chain.head_facts(settings),
    }
