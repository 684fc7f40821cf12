"""What `podium run` says at its end: the decision, the leader boards, what was set aside, where the release lies.

Read from ledger, receipts and the release; nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.cli.boards import boards
from pipelines.cli.table import as_table
from pipelines.release import releases
from pipelines.release.decisions import in_words
from pipelines.settings import Settings

SHOWN = 12


def nothing_new(settings: Settings, reason: str) -> str:
    """A night that had nothing to do, and what stands."""
    return f"Nothing new: {reason}.\n{where_it_lies(settings)}"


def of_night(settings: Settings, decisions: Sequence[dict[str, Any]], refused: Sequence[str]) -> str:
    """The whole report on a night that came to its end."""
    import duckdb

    release_id = next((row["release_id"] for row in reversed(decisions) if row["kind"] == "published"), None)
    if release_id is None:
        reasons = [reason for row in decisions for reason in row.get("reasons", [])]
        told = nothing_new(settings, "; ".join(reasons) or "no decision was needed")
        return "\n".join([*(f"Refused: {line}" for line in refused), told])
    release = releases.find(settings, release_id)
    with duckdb.connect(str(release.directory / releases.DATABASE), read_only=True) as db:
        published = "\n".join([f"Published {release_id} as of {release.as_of}.", *in_words(release.facts)])
        parts = [published, boards(db), set_aside(db, refused)]
    return "\n\n".join([*parts, where_it_lies(settings, release_id)])


def set_aside(db: Any, refused: Sequence[str]) -> str:
    """Rows in quarantine by source, entity and reason, and what this run refused."""
    rows = db.execute(
        "select source, entity, reason, rows_set_aside, files, action from quarantine_summary "
        "order by rows_set_aside desc, source, entity, reason"
    ).fetchall()
    lines = ["No row was set aside."]
    if rows:
        lines = [f"Set aside, of all that was delivered ({sum(row[3] for row in rows):,} rows):"]
        header = ("source", "entity", "reason", "rows", "files", "what to do")
        lines.append(as_table(header, rows[:SHOWN], indent="  "))
    if len(rows) > SHOWN:
        lines.append(f'  and {len(rows) - SHOWN} more: podium query "from quarantine_summary"')
    lines += [f"Refused: {line}" for line in refused]
    return "\n".join(lines)


def where_it_lies(settings: Settings, release_id: str | None = None) -> str:
    """The path that readers follow, or that of a release beside the current one."""
    current = releases.current_id(settings)
    if release_id and release_id != current:
        beside = settings.published / release_id
        return f"It lies in {beside}, beside the current {current}, whose date is newer (--promote makes it current)."
    if current is None:
        return "There is no release yet."
    return f"Readers follow {releases.link(settings)} -> {current} (podium.duckdb, parquet/, csv/, certificate.json)."
