"""Group R of the first release: a competition rank by the raw primary metric, among those who can be ranked.

Shrinkage, scores and intervals of metrics.md come with a later issue.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.recomputation.people import UNASSIGNED
from tests.recomputation.ratios import Row

MIN_TENURE_DAYS = 90


@dataclass(frozen=True)
class Primary:
    """What a role is ranked by, and the least denominator."""

    metric: str
    denominator: str
    min_n: int


PRIMARY = {
    "SDR": Primary("acceptance_rate", "due_leads", 10),
    "AE": Primary("close_rate", "cohort_deals", 10),
    "AM": Primary("upsell_rate", "kept_accounts", 5),
}


def add_ranks(rows: list[Row], role: str, key: str) -> None:
    """Add group R to all rows of one role and period."""
    primary = PRIMARY[role]
    for row in rows:
        row["not_ranked_reason"] = _reason(row, primary, key)
        row["is_ranked"] = row["not_ranked_reason"] is None
    values = [round(row[primary.metric], 12) for row in rows if row["is_ranked"]]
    for row in rows:
        better = [value for value in values if row["is_ranked"] and value > round(row[primary.metric], 12)]
        row["rank"] = 1 + len(better) if row["is_ranked"] else None
        row["ranked_count"] = len(values)


def _reason(row: Row, primary: Primary, key: str) -> str | None:
    """The first that holds."""
    if row[key] == UNASSIGNED or row["days_in_role"] == 0:
        return "no_assignment"
    if not row["in_role_at_end"]:
        return "not_in_role_at_end"
    if row["tenure_days"] < MIN_TENURE_DAYS:
        return "below_min_tenure"
    if (row[primary.denominator] or 0) < primary.min_n:
        return "below_min_n"
    return None
