"""The seed of metrics against itself, the entities of the contract and the tables that hold the figures.

It changes with the code alone, so it is checked here and not every night.
"""

from __future__ import annotations

import csv
import re
from collections import Counter

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
    "is_additive": {"true", "false"},
    "is_primary": {"true", "false"},
}
TYPES = {
    "count": "bigint",
    "money": "decimal(18,2)",
    "share": "double",
    "ratio": "double",
    "months": "double",
    "hours": "double",
    "days": "double",
}
# Columns of a ranking table that are no figures: the period, the person, the rank, the tail.
NO_FIGURES = {
    *("period_type", "period_start", "period_end", "is_complete", "cohort_start", "cohort_end"),
    *("sdr_id", "ae_id", "am_id", "full_name", "team", "manager_id", "manager_name"),
    *("in_role_at_end", "days_in_role", "tenure_days"),
    *("rank", "ranked_count", "is_ranked", "not_ranked_reason", "previous_rank"),
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


def figures(role: str) -> dict[str, tuple[str, str | None]]:
    """Column → (type, unit) of the figures of the role's ranking table."""
    model = yaml.safe_load((MARTS / f"{TABLES[role]}.yml").read_text("utf-8"))["models"][0]
    return {
        column["name"]: (column["data_type"].replace(" ", ""), column.get("config", {}).get("meta", {}).get("unit"))
        for column in model["columns"]
        if column["name"] not in NO_FIGURES
    }


def test_a_metric_is_defined_once_per_role() -> None:
    assert [key for key, times in Counter((r["role"], r["metric"]) for r in METRICS).items() if times > 1] == []


@pytest.mark.parametrize("column", ALLOWED)
def test_values_are_of_the_closed_lists(column: str) -> None:
    assert {row[column] for row in METRICS} <= ALLOWED[column]


@pytest.mark.parametrize("role", TABLES)
def test_the_figures_of_the_ranking_table_are_the_metrics_each_in_its_unit(role: str) -> None:
    expected = {row["metric"]: (TYPES[row["unit"]], row["unit"]) for row in METRICS if row["role"] == role}
    if role == "AE":
        expected["close_horizon_days"] = ("bigint", "days")  # rounded up to whole days
    assert figures(role) == expected


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


def test_each_role_has_one_primary_metric_which_carries_the_whole_weight() -> None:
    primary = [(row["role"], row["metric"]) for row in METRICS if row["is_primary"] == "true"]
    assert sorted(primary) == [("AE", "close_rate"), ("AM", "upsell_rate"), ("SDR", "acceptance_rate")]
    assert {(row["role"], row["metric"]): row["weight"] for row in METRICS if row["weight"] != "0"} == dict.fromkeys(
        primary, "1"
    )


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
    # A lead or a deal of two people counts for both; an average is no sum.
    assert not {"SDR.leads_worked", "AE.deals_worked", "AE.average_deal"} & additive
