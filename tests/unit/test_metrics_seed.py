"""The seed of metrics against itself, the entities of the contract and the tables that hold the figures.

It changes with the code alone, so it is checked here and not every night.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import Any

import pytest
import yaml

from pipelines.contract import ALWAYS_NEEDED, ENTITIES
from pipelines.settings import DBT_PROJECT

MARTS = DBT_PROJECT / "models" / "marts"
TABLES = {"SDR": "sdr_ranking", "AE": "ae_ranking", "AM": "am_ranking"}
ALLOWED = {
    "role": set(TABLES),
    "kind": {"proportion", "rate", "amount", "descriptive"},
    "direction": {"higher", "lower"},
    "unit": {"count", "money", "share", "ratio", "days", "hours", "months", "category"},
    "shown_as": {"percent", "number", "money", "days", "hours", "text"},
    "is_additive": {"true", "false"},
    "is_primary": {"true", "false"},
    "is_headline_target": {"true", "false"},
}
TYPES = {
    "count": "bigint",
    "money": "decimal(18,2)",
    "share": "double",
    "ratio": "double",
    "months": "double",
    "hours": "double",
    "days": "double",
    "category": "string",
}
# Where a unit does not tell the type: an expectation is a count in fractions, whole days are counted.
OWN_TYPES = {
    ("AE", "close_horizon_days"): "bigint",
    ("AE", "expected_wins"): "double",
    ("AE", "shared_deals"): "double",
    ("AE", "mix_identified"): "boolean",
}
# Columns of a ranking table that are no figures: the period, the person, the target, the rank, the tail.
NO_FIGURES = {
    *("period_type", "period_start", "period_end", "is_complete"),
    *("chain_start", "chain_end", "cohort_start", "cohort_end"),
    *("sdr_id", "ae_id", "am_id", "full_name", "team", "manager_id", "manager_name"),
    *("in_role_at_end", "days_in_role", "tenure_days"),
    *("target_metric", "target", "target_actual", "attainment"),
    *("score", "score_low", "score_high", "rank", "rank_low", "rank_high", "expected_rank", "ranked_count", "tier"),
    *("is_ranked", "not_ranked_reason", "previous_rank"),
    *("release_id", "updated_at"),
}

with (DBT_PROJECT / "seeds" / "metrics.csv").open(encoding="utf-8", newline="") as file:
    METRICS = list(csv.DictReader(file))
NAMES = {(row["role"], row["metric"]) for row in METRICS}
RANKABLE = [row for row in METRICS if row["kind"] != "descriptive"]


def name(row: dict[str, str]) -> str:
    return f"{row['role']}.{row['metric']}"


def parts(row: dict[str, str]) -> set[str]:
    """Names of numerator and denominator, where there are any."""
    return {row["numerator_column"], row["denominator_column"]} - {""}


def needs(row: dict[str, str]) -> set[str]:
    return set(filter(None, row["needs"].split(", ")))


def contract(role: str) -> list[dict[str, Any]]:
    """Columns of the role's ranking table as its yml has them."""
    model = yaml.safe_load((MARTS / f"{TABLES[role]}.yml").read_text("utf-8"))["models"][0]
    return list(model["columns"])


def columns(role: str) -> dict[str, tuple[str, str | None]]:
    """Column → (type, unit) of the role's ranking table."""
    return {
        column["name"]: (column["data_type"].replace(" ", ""), column.get("config", {}).get("meta", {}).get("unit"))
        for column in contract(role)
    }


def shrunk_columns(role: str) -> list[str]:
    """Columns with the shrunk value and its interval of what is ranked in the role, in the order of the seed."""
    ranked = [row["metric"] for row in RANKABLE if row["role"] == role]
    return [f"{metric}_{part}" for metric in ranked for part in ("shrunk", "low", "high")]


def figures(role: str) -> dict[str, tuple[str, str | None]]:
    """Column → (type, unit) of the figures of the role's ranking table."""
    others = NO_FIGURES | set(shrunk_columns(role))
    return {name: of for name, of in columns(role).items() if name not in others}


def test_a_metric_is_defined_once_per_role() -> None:
    assert [key for key, times in Counter((r["role"], r["metric"]) for r in METRICS).items() if times > 1] == []


@pytest.mark.parametrize("column", ALLOWED)
def test_values_are_of_the_closed_lists(column: str) -> None:
    assert {row[column] for row in METRICS} <= ALLOWED[column]


@pytest.mark.parametrize("role", TABLES)
def test_the_figures_of_the_ranking_table_are_the_metrics_each_in_its_unit(role: str) -> None:
    assert figures(role) == {
        row["metric"]: (OWN_TYPES.get((role, row["metric"]), TYPES[row["unit"]]), row["unit"])
        for row in METRICS
        if row["role"] == role
    }


@pytest.mark.parametrize("role", TABLES)
def test_the_metrics_stand_in_the_order_of_the_ranking_table(role: str) -> None:
    assert list(figures(role)) == [row["metric"] for row in METRICS if row["role"] == role]


@pytest.mark.parametrize("role", TABLES)
def test_what_a_metric_means_is_said_by_the_seed_alone(role: str) -> None:
    metrics = {row["metric"] for row in METRICS if row["role"] == role}
    assert [column["name"] for column in contract(role) if column["name"] in metrics and "description" in column] == []


@pytest.mark.parametrize("role", TABLES)
def test_what_is_ranked_has_its_shrunk_value_and_interval_in_the_ranking_table_and_nothing_else_has(role: str) -> None:
    assert [name for name in columns(role) if name.endswith(("_shrunk", "_low", "_high")) and "score" not in name] == [
        *shrunk_columns(role),
        *("rank_low", "rank_high"),
    ]


def test_numerators_and_denominators_are_metrics_of_the_same_role() -> None:
    assert [name(row) for row in METRICS if not {(row["role"], part) for part in parts(row)} <= NAMES] == []


def test_texts_are_there_in_english_and_in_russian() -> None:
    cyrillic = re.compile("[а-яё]", re.IGNORECASE)
    for row in METRICS:
        assert row["label"] and row["definition"] and row["formula"] and row["source"], name(row)
        english = " ".join(row[column] for column in ("label", "definition", "formula", "source", "caveat"))
        assert not cyrillic.search(english), name(row)
        assert cyrillic.search(row["label_ru"]) and cyrillic.search(row["definition_ru"]), name(row)


def test_needs_name_entities_of_the_contract() -> None:
    for row in METRICS:
        assert needs(row) <= set(ENTITIES) - set(ALWAYS_NEEDED), name(row)
        assert row["needs"] == ", ".join(sorted(needs(row))), name(row)


def test_a_ratio_needs_what_its_parts_need() -> None:
    by_name = {(row["role"], row["metric"]): needs(row) for row in METRICS}
    for row in METRICS:
        for part in parts(row):
            assert by_name[row["role"], part] <= needs(row), name(row)


def test_each_role_has_one_primary_metric_and_its_weights_make_one() -> None:
    primary = [(row["role"], row["metric"]) for row in METRICS if row["is_primary"] == "true"]
    assert sorted(primary) == [("AE", "close_rate_adjusted"), ("AM", "upsell_rate"), ("SDR", "acceptance_rate")]
    weights = {(row["role"], row["metric"]): float(row["weight"]) for row in METRICS if float(row["weight"])}
    assert set(primary) <= set(weights) <= {(row["role"], row["metric"]) for row in RANKABLE}
    for role in TABLES:
        assert sum(weight for (of, _), weight in weights.items() if of == role) == pytest.approx(1), role


def test_each_role_has_one_head_line_target_that_is_a_figure() -> None:
    headline = [(row["role"], row["metric"]) for row in METRICS if row["is_headline_target"] == "true"]
    assert sorted(headline) == [("AE", "won_amount"), ("AM", "upsell_rate"), ("SDR", "leads_sent")]


def test_what_can_be_ranked_has_limits_a_caveat_and_another_metric_to_read_beside_it() -> None:
    for row in RANKABLE:
        assert float(row["min_n"]) > 0 and int(row["min_tenure_days"]) > 0, name(row)
        assert row["caveat"], name(row)
        assert (row["role"], row["counter_metric"]) in NAMES, name(row)
        assert row["counter_metric"] != row["metric"], name(row)


def test_what_is_only_shown_has_no_limits_and_is_never_primary() -> None:
    for row in METRICS:
        if row["kind"] == "descriptive":
            assert (row["min_n"], row["min_tenure_days"], row["is_primary"]) == ("", "", "false"), name(row)


def test_ratios_and_medians_are_not_additive_while_money_and_months_are() -> None:
    additive = {name(row) for row in METRICS if row["is_additive"] == "true"}
    assert [
        name(row) for row in METRICS if name(row) in additive and row["unit"] not in ("count", "money", "months")
    ] == []
    assert {"SDR.months_in_role", "AE.won_amount", "AM.closing"} <= additive
    # A lead, a deal or a slip of two people counts for both; evidence and averages are no sums.
    assert not {"SDR.leads_worked", "AE.deals_worked", "AE.slips", "AE.shared_deals", "AE.average_deal"} & additive
