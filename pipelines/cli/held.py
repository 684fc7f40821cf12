"""What held a night, and which keys did it: `podium explain`. Ids only; the judging is data_checks'."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines.cli.decide import ways_out
from pipelines.cli.table import as_table
from pipelines.errors import UsageError
from pipelines.settings import Settings

KEYS_SHOWN = 50


def blocking_checks(settings: Settings) -> str:
    """The checks that block the newest held build: rows, observed against threshold, and what to do about them."""
    build = newest_held(settings)
    blocking = [check for check in build["checks"] if check["verdict"] == "block"]
    table = as_table(("check", "why"), [(c["check_id"], c["message"]) for c in blocking], indent="  ")
    look = f"podium explain {blocking[0]['check_id']} --home {settings.home}" if blocking else ""
    header = f"Held {build['release_id']} as of {build['as_of']}:"
    return "\n".join([header, table, f"Look closer: {look}", ways_out(settings, build)])


def explanation(settings: Settings, check_id: str) -> str:
    """One check's verdict on the newest held build and the keys behind it. Raises UsageError for an unknown check."""
    build = newest_held(settings)
    check = next((c for c in build["checks"] if c["check_id"] == check_id), None)
    if check is None:
        blocking = [c["check_id"] for c in build["checks"] if c["verdict"] == "block"]
        raise UsageError("E-CHECK", check_id, "no such check", expected=f"one of {', '.join(blocking)}")
    header = (
        f"{check_id} ({check['stage']}, {check['severity']}): {check['verdict']} on {check['rows_examined']:,} rows "
        f"of {build['release_id']}, observed {check['observed']}, threshold {check['threshold']}\n"
        f"{check['description']}\n{check['message']}"
    )
    if check_id.startswith("dbt."):
        warehouse = _warehouse(settings, build)
        return f"{header}\n\nA dbt test: its SQL stands beside the model in dbt_project, the held build in {warehouse}"
    return f"{header}\n\n{_keys(_offending(settings, build, check_id))}"


def newest_held(settings: Settings) -> dict[str, Any]:
    """`checks.json` of the newest held build. Raises UsageError when none is kept."""
    kept = sorted(settings.held.glob("v*/checks.json"))
    if not kept:
        raise UsageError("E-NO-HELD", str(settings.held), "no build is held", do="see podium status")
    return dict(json.loads(kept[-1].read_text("utf-8")))


def _offending(settings: Settings, build: dict[str, Any], check_id: str) -> Sequence[dict[str, Any]]:
    from datetime import date

    from data_checks.gate import offending
    from pipelines.release.releases import newest_certified

    baseline = newest_certified(settings, date.fromisoformat(build["as_of"]))
    limit = settings.config.memory_limit_mb
    return offending(_warehouse(settings, build), check_id, baseline, memory_limit_mb=limit)


def _warehouse(settings: Settings, build: dict[str, Any]) -> Path:
    return settings.held / str(build["release_id"]) / "warehouse.duckdb"


def _keys(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return "No single keys stand behind this check."
    shown = as_table(list(rows[0]), [list(row.values()) for row in rows[:KEYS_SHOWN]])
    more = len(rows) - KEYS_SHOWN
    return shown + (f"\nand {more:,} more" if more > 0 else "")
