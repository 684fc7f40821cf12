"""The leader boards of a release and what coaching went along with, as `podium run` prints them: read from the release,
computed nowhere here.
"""

from __future__ import annotations

from typing import Any, Protocol

from pipelines.cli.table import as_table

BOARDS = (("SDR", "sdr_ranking"), ("AE", "ae_ranking"), ("AM", "am_ranking"))
TOP = 5


class Connection(Protocol):
    """What is needed of a DuckDB connection."""

    def execute(self, query: str, parameters: Any = ...) -> Any: ...


def boards(db: Connection) -> str:
    """One board per role, for its newest complete quarter with ranked people, else its newest such month; and coaching
    that could be compared.
    """
    parts = [_board(db, role, table) for role, table in BOARDS]
    return "\n\n".join([*parts, *_coaching(db)])


def _coaching(db: Connection) -> list[str]:
    """The coaches whose effect is known best, if anybody's is."""
    rows = db.execute(
        "select coach_name, coaching_effect.label, episodes, unit, naive_change, effect, tier from coaching_effect "
        "inner join metric_dictionary using (metric) where coachee_role = role and effect_shrunk is not null "
        "order by effect_low desc, coach_id, metric limit ?",
        [TOP],
    ).fetchall()
    lines = [
        (coach, label, episodes, share(naive, unit), share(effect, unit), tier)
        for coach, label, episodes, unit, naive, effect, tier in rows
    ]
    title = "Coaching: the plain before and after, and what is left of it beside uncoached colleagues (an association)"
    header = ("coach", "metric", "episodes", "before and after", "effect", "which is")
    return [f"{title}\n{as_table(header, lines, indent='  ')}"] if lines else []


def _board(db: Connection, role: str, table: str) -> str:
    metric = db.execute(
        "select metric, label, unit, numerator_column, denominator_column from metric_dictionary "
        "where role = ? and is_primary",
        [role],
    ).fetchone()
    period = db.execute(
        f"select period_type, period_start, max(ranked_count) from {table} "
        "where is_complete and is_ranked and period_type in ('month', 'quarter') group by all "
        "order by period_type desc, period_start desc limit 1"
    ).fetchone()
    if metric is None or period is None:
        return f"{role}: nobody can be ranked yet in a complete month or quarter"
    name, label, unit, numerator, denominator = metric
    parts = [_quoted(column) if column else "null" for column in (numerator, denominator)]
    rows = db.execute(
        f"select rank, rank_low, rank_high, full_name, team, {_quoted(name)}, {', '.join(parts)} from {table} "
        "where period_type = ? and period_start = ? and is_ranked order by rank, full_name limit ?",
        [period[0], period[1], TOP],
    ).fetchall()
    title = f"{role} by score, above all {label.lower()}, {period_name(period[0], period[1])} ({period[2]} ranked)"
    lines = [
        (rank, f"{low} to {high}", who, team, share(value, unit), over(top, bottom))
        for rank, low, high, who, team, value, top, bottom in rows
    ]
    return title + "\n" + as_table(("rank", "plausible", "name", "team", name, "from"), lines, indent="  ")


def period_name(period_type: str, start: Any) -> str:
    """`quarter from 2026-07-01`, `month 2026-09`; fiscal quarters have no calendar number."""
    return f"month {start:%Y-%m}" if period_type == "month" else f"{period_type} from {start}"


def share(value: float | None, unit: str) -> str:
    """A metric's value for a person to read."""
    if value is None:
        return ""
    return f"{value:.1%}" if unit in ("share", "ratio") else f"{value:,.2f}"


def over(numerator: Any, denominator: Any) -> str:
    """What the value is made of; counts and money as they are in the table, what was estimated to one decimal."""
    known = [part for part in (numerator, denominator) if part is not None]
    return " / ".join(f"{part:,.1f}" if isinstance(part, float) else f"{part:,}" for part in known)


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'
