"""`podium status` and `podium releases` for a person. The facts are those of pipelines/release/readers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.cli.table import as_table


def described(status: dict[str, Any]) -> str:
    """The state of a home in a few lines."""
    parts = [f"Home {status['home']}", _current(status["current"])]
    parts += [f"Held {_held(build)}" for build in status["held"]]
    parts += [f"Refused {refused['message']}" for refused in status["refused_files"]]
    if status["decisions"]:
        parts.append("Last decisions, newest first:")
        parts.append(as_table(("when (UTC)", "what", "release", "why"), map(_decision, status["decisions"]), "  "))
    return "\n".join(parts)


def _current(current: dict[str, Any] | None) -> str:
    if current is None:
        return "There is no release yet: podium run"
    if not current["is_verified"]:
        return f"Current is {current['release_id']}, which is not what was certified: {current['problem']}"
    stands = f"Current is {current['release_id']} as of {current['as_of']}, built {current['built_at']} UTC, verified"
    return "\n".join([stands, *(f"  {line}" for line in current["decisions"])])


def _marks(release: dict[str, Any]) -> str:
    marks = {"current": release["is_current"], "overridden": release["is_override"]}
    return ", ".join(name for name, is_set in marks.items() if is_set)


def _held(build: dict[str, Any]) -> str:
    checks = ", ".join(check["check_id"] for check in build["blocked_by"])
    return f"{build['release_id']} as of {build['as_of']} by {checks}"


def _decision(row: dict[str, Any]) -> tuple[str, ...]:
    reasons = row.get("reasons") or []
    why = reasons[0] + (f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else "") if reasons else ""
    return row["at"][:19].replace("T", " "), row["kind"], row.get("release_id") or "", why


def listed(releases: Sequence[dict[str, Any]]) -> str:
    """One line per release."""
    if not releases:
        return "There is no release yet: podium run"
    rows = [(r["release_id"], _marks(r), r["as_of"], r["built_at"], r["warnings"], r["path"]) for r in releases]
    return as_table(("release", "", "as of", "built (UTC)", "warnings", "path"), rows)
