"""What a person asks of a home: its state, its releases, and questions in SQL to the current one.

Reads only, takes no lock, and needs no right to write anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.errors import PodiumError, UsageError
from pipelines.intake.names import WITHIN
from pipelines.intake.receipts import Receipt, receipts
from pipelines.release import certificate, ledger, releases
from pipelines.release.csv_export import write_csv
from pipelines.release.decisions import in_words
from pipelines.release.files import read_json
from pipelines.release.releases import DATABASE
from pipelines.settings import Settings

DECISIONS_SHOWN = 10


def status(settings: Settings) -> dict[str, Any]:
    """The state of a home as JSON values: `current`, `decisions` (newest first), `refused_files`, `held`.

    The `decisions` of `current` are what people let through for it, in words.
    """
    return {
        "home": str(settings.home),
        "current": _current(settings),
        "decisions": ledger.read(settings)[: -DECISIONS_SHOWN - 1 : -1],
        "refused_files": _refused(receipts(settings)),
        "held": _held(settings),
    }


def list_releases(settings: Settings) -> list[dict[str, Any]]:
    """Every release, newest first, as JSON values."""
    current = releases.current_id(settings)
    return [
        {
            "release_id": release.release_id,
            "as_of": release.as_of.isoformat(),
            "built_at": release.built_at.isoformat(),
            "is_current": release.release_id == current,
            "is_override": release.is_override,
            "previous_release_id": release.parent_id,
            "content_sha256": release.content_sha256,
            "warnings": sum(check["verdict"] == "warn" for check in release.facts["checks"]),
            "path": str(release.directory),
        }
        for release in reversed(releases.list_releases(settings))
    ]


def query(settings: Settings, sql: str) -> pa.Table:
    """Answer one SELECT on the current release: no other statement, file, network or database.

    Raises UsageError when nothing is published or the statement is refused or wrong.
    """
    with _open_current(settings) as db:
        try:
            statements = db.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise UsageError("E-QUERY", "query", "not one SELECT", do="ask one question per call, reading only")
            return db.execute(statements[0]).to_arrow_table()
        except duckdb.Error as error:
            raise UsageError("E-QUERY", "query", str(error)) from error


def write_answer(answer: pa.Table, path: Path) -> None:
    """Write the rows of a query as formula-safe CSV. Raises UsageError when `path` cannot be written."""
    with duckdb.connect(":memory:") as db:
        db.register("answer", answer)
        try:
            write_csv(db, "select * from answer", path)
        except duckdb.IOException as error:
            raise UsageError(
                "E-CSV", str(path), "cannot be written", do="name a file in an existing directory"
            ) from error


def _open_current(settings: Settings) -> duckdb.DuckDBPyConnection:
    """The current release's database in a sandbox; `current` is resolved once, so that all is of one release."""
    release_id = releases.current_id(settings)
    if release_id is None:
        raise UsageError("E-NO-RELEASE", str(settings.published), "nothing is published yet", do="run podium run")
    config: dict[str, Any] = {
        "enable_external_access": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        # Names in a query are tables of the release, never variables of the calling program.
        "python_enable_replacements": False,
        # Nothing is spilled into the directories of readers.
        "temp_directory": "",
        "memory_limit": f"{settings.config.memory_limit_mb}MB",
        "lock_configuration": True,
    }
    try:
        return duckdb.connect(str(settings.published / release_id / DATABASE), read_only=True, config=config)
    except duckdb.Error as error:
        raise PodiumError("E-READ", release_id, " ".join(str(error).split()), do="see podium status") from error


def _current(settings: Settings) -> dict[str, Any] | None:
    release_id = releases.current_id(settings)
    if release_id is None:
        return None
    directory = settings.published / release_id
    try:
        facts = certificate.verify(directory)
    except PodiumError as error:
        return {"release_id": release_id, "path": str(directory), "is_verified": False, "problem": str(error)}
    kept = ("release_id", "as_of", "built_at", "parent_release_id", "content_sha256", "tables")
    people = {"is_override": bool(facts["overrides"]), "decisions": in_words(facts)}
    proven = {"path": str(directory), "is_verified": True, "problem": None}
    return {name: facts[name] for name in kept} | people | proven


def _refused(delivered: Sequence[Receipt]) -> list[dict[str, Any]]:
    """Refused files that no corrected file of the same name, packed or not, has replaced."""
    loaded = {_place(receipt) for receipt in delivered if receipt.verdict == "loaded"}
    return [
        {
            "source": receipt.source,
            "delivered_on": receipt.delivered_on.isoformat(),
            "file_name": receipt.file_name,
            "code": receipt.code,
            "message": receipt.message,
        }
        for receipt in delivered
        if receipt.verdict == "refused" and _place(receipt) not in loaded
    ]


def _place(receipt: Receipt) -> tuple[str, date, str]:
    return receipt.source, receipt.delivered_on, receipt.file_name.rpartition(WITHIN)[2].partition(".")[0]


def _held(settings: Settings) -> list[dict[str, Any]]:
    """Held builds, newest first, with the checks that blocked."""
    held = []
    for path in sorted(settings.held.glob("v*/checks.json"), reverse=True):
        facts = read_json(path)
        blocking = [check for check in facts["checks"] if check["verdict"] == "block"]
        held.append(
            {
                "release_id": facts["release_id"],
                "as_of": facts["as_of"],
                "blocked_by": [{name: check[name] for name in ("check_id", "message")} for check in blocking],
            }
        )
    return held
