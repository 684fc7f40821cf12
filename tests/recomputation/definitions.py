"""Which metrics are ranked and how, as the definitions say; everything else about a metric is a text of the seed.

The seed is read for what is shown beside a number (labels, counter-metrics) and for which further figures the long form
lists. How a metric is ranked is written down here once more, so that a slip in the seed is found.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
MIN_TENURE_DAYS = 90


@dataclass(frozen=True)
class Ranked:
    """One metric that people are ranked by."""

    metric: str
    kind: str  # proportion, rate, amount, or adjusted: close_rate_adjusted has a rule of its own
    numerator: str
    denominator: str
    min_n: float
    weight: float = 0  # in the role's score
    counted: str = ""  # the column min_n is on; the denominator unless told

    @property
    def n(self) -> str:
        return self.counted or self.denominator


RANKED = {
    "SDR": (
        Ranked("lead_velocity", "rate", "leads_sent", "months_in_role", 0.5, 0.2),
        Ranked("qualified_lead_rate", "proportion", "strictly_qualified_sent", "leads_sent", 10, 0.2),
        Ranked("qualification_efficiency", "rate", "qualified_leads", "calls", 50, 0.2),
        Ranked("acceptance_rate", "proportion", "accepted", "due_leads", 10, 0.4),
        Ranked("chain_yield", "proportion", "chain_won", "chain_sent", 10),
    ),
    "AE": (
        Ranked("close_rate_worked", "proportion", "deals_won", "deals_worked", 10),
        Ranked("close_rate_decided", "proportion", "deals_won", "deals_decided", 10),
        Ranked("close_rate", "proportion", "cohort_won", "cohort_deals", 10),
        Ranked("close_rate_adjusted", "adjusted", "cohort_won", "expected_wins", 10, 0.6, "cohort_deals"),
        Ranked("offered_yield", "proportion", "offers_won", "offers_cohort", 10, 0.2),
        Ranked("deal_quality", "proportion", "quality_accounts_active", "quality_accounts", 5, 0.2),
        Ranked("reason_rate", "proportion", "rejected_with_reason", "rejected", 5),
    ),
    "AM": (
        Ranked("upsell_rate", "amount", "kept_closing", "kept_opening", 5, 0.5, "kept_accounts"),
        Ranked("grr", "amount", "kept_capped", "kept_opening", 5, 0.3, "kept_accounts"),
        Ranked("logo_retention", "proportion", "retained_accounts", "kept_accounts", 5, 0.2),
        Ranked("top_client_retention", "amount", "top_capped", "top_opening", 5, 0, "kept_accounts"),
        Ranked("tail_logo_retention", "proportion", "tail_retained_accounts", "tail_accounts", 5),
    ),
}
PRIMARY = {"SDR": "acceptance_rate", "AE": "close_rate_adjusted", "AM": "upsell_rate"}
STANDS_IN = {"close_rate_adjusted": "close_rate"}  # where the mix is not identified


def ranked(role: str, metric: str) -> Ranked | None:
    """How people of the role are ranked by the metric; None: they are not."""
    return next((r for r in RANKED[role] if r.metric == metric), None)


@dataclass(frozen=True)
class Text:
    """What the seed says about a figure of a role."""

    role: str
    metric: str
    label: str
    unit: str
    direction: str
    is_additive: bool
    numerator: str
    denominator: str
    counter_metric: str


@cache
def texts() -> tuple[Text, ...]:
    """Every row of the seed of metrics."""
    return tuple(
        Text(
            row["role"],
            row["metric"],
            row["label"],
            row["unit"],
            row["direction"],
            row["is_additive"] == "true",
            row["numerator_column"],
            row["denominator_column"],
            row["counter_metric"],
        )
        for row in seed("metrics")
    )


def seed(name: str) -> list[dict[str, str]]:
    """The rows of one seed file."""
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
