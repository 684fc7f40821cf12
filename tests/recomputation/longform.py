"""metric_ranking: one row per person and metric, made from the wide rows and everybody's standings."""

from __future__ import annotations

from tests.recomputation.definitions import Ranked, Text, ranked, texts
from tests.recomputation.ranking import Standing, Standings
from tests.recomputation.ratios import Row

PERSON = (
    *("period_type", "period_start", "period_end", "is_complete"),
    *("full_name", "team", "manager_id", "manager_name", "in_role_at_end", "days_in_role", "tenure_days"),
)
ESTIMATE = ("role_mean", "prior_strength", "between_variance", "shrunk", "sd", "low", "high", "tier")
PLACE = ("rank", "rank_low", "rank_high", "expected_rank", "ranked_count")
COUNTED_UNITS = ("count", "money", "months")


def metric_rows(rows: list[Row], role: str, key: str, standings: Standings) -> list[Row]:
    """Every metric of the role that is a number, for every row of one period."""
    return [
        _row(row, text, key, standings[row[key]].get(text.metric))
        for row in rows
        for text in texts()
        if text.role == role and text.unit != "category"
    ]


def _row(row: Row, text: Text, key: str, standing: Standing | None) -> Row:
    definition = ranked(text.role, text.metric)
    return {
        "role": text.role,
        **{name: row[name] for name in PERSON},
        "user_id": row[key],
        "metric": text.metric,
        "label": text.label,
        "direction": text.direction,
        **_value(row, text, definition),
        **(_ranked(standing, definition, text, row) if standing and definition else _not_ranked()),
    }


def _value(row: Row, text: Text, definition: Ranked | None) -> Row:
    kind = {"adjusted": "rate"}.get(definition.kind, definition.kind) if definition else "descriptive"
    numerator = definition.numerator if definition else text.numerator
    denominator = definition.denominator if definition else text.denominator
    if not numerator and not denominator and text.unit in COUNTED_UNITS:
        numerator = text.metric
    variance = row.get(f"{text.metric}_s2")
    return {
        "kind": kind,
        "numerator": number(row[numerator]) if numerator else None,
        "denominator": number(row[denominator]) if denominator else None,
        "value": number(row[text.metric]),
        "standard_error": None if variance is None else variance**0.5,
    }


def _ranked(standing: Standing, definition: Ranked, text: Text, row: Row) -> Row:
    prior, place = standing.prior, standing.place
    return {
        "role_mean": prior and prior.mean,
        "prior_strength": prior and prior.strength,
        "between_variance": prior and prior.between,
        **{name: getattr(standing, name) for name in ("shrunk", "sd", "low", "high", "tier")},
        "is_ranked": standing.reason is None,
        "not_ranked_reason": standing.reason,
        **{name: getattr(place, name) if place else None for name in PLACE[:-1]},
        "ranked_count": standing.ranked_count,
        "weight": float(definition.weight),
        "z": standing.z,
        "counter_metric": text.counter_metric or None,
        "counter_value": number(row[text.counter_metric]) if text.counter_metric else None,
    }


def _not_ranked() -> Row:
    names = (*ESTIMATE, *PLACE, "not_ranked_reason", "weight", "z", "counter_metric", "counter_value")
    return {**dict.fromkeys(names), "is_ranked": False}


def number(value: object) -> float | None:
    """A count, an amount or a share as the long form holds it."""
    return None if value is None else float(value)  # type: ignore[arg-type]
