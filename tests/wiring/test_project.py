"""The dbt project as its manifest shows it: layers, descriptions, tests, contracts."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from pipelines.release.dictionary import restricted_tables

LAYERS = ["seeds", "staging", "intermediate", "metrics", "marts"]
PUBLISHED = {
    "sdr_ranking",
    "ae_ranking",
    "am_ranking",
    "metric_ranking",
    "portfolio_bridge",
    "handoff_pairs",
    "reject_reasons",
    "acceptance_criteria",
    "target_attainment",
    "coaching_effect",
    "coach_candidates",
    "coaching_budget",
    "one_on_one_brief",
    "metric_dictionary",
    "data_dictionary",
    "release_info",
    "check_results",
    "quarantine_summary",
    "closed_period_changes",
}
RESTRICTED = {"coaching_budget", "one_on_one_brief"}
# Empty when dbt ends, filled once the audit is known: no dbt test could see a row.
FILLED_LATER = {"check_results", "data_dictionary", "release_info"}


def layer(node: dict[str, Any]) -> str:
    return "seeds" if node["resource_type"] == "seed" else str(node["fqn"][1])


def models(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}


def test_models_read_only_their_layer_and_those_to_the_left(manifest: dict[str, Any]) -> None:
    wrong = [
        f"{node['name']} reads {manifest['nodes'][parent]['name']}"
        for node in models(manifest).values()
        for parent in node["depends_on"]["nodes"]
        if parent in manifest["nodes"] and LAYERS.index(layer(manifest["nodes"][parent])) > LAYERS.index(layer(node))
    ]
    assert wrong == []


def test_only_staging_reads_delivered_rows(manifest: dict[str, Any]) -> None:
    readers = {
        layer(node)
        for node in models(manifest).values()
        if any(parent.startswith("source.podium.crm.") for parent in node["depends_on"]["nodes"])
    }
    assert readers == {"staging"}


def test_every_model_is_described_and_tested(manifest: dict[str, Any]) -> None:
    tested = {node.get("attached_node") for node in manifest["nodes"].values() if node["resource_type"] == "test"}
    assert [node["name"] for node in models(manifest).values() if not node["description"].strip()] == []
    assert {node["name"] for key, node in models(manifest).items() if key not in tested} <= FILLED_LATER


def test_exactly_the_published_tables_are_exposed_under_contract(manifest: dict[str, Any]) -> None:
    exposed = {key for exposure in manifest["exposures"].values() for key in exposure["depends_on"]["nodes"]}
    assert {manifest["nodes"][key]["name"] for key in exposed} == PUBLISHED
    assert {manifest["nodes"][key]["config"]["contract"]["enforced"] for key in exposed} == {True}
    assert {layer(manifest["nodes"][key]) for key in exposed} == {"marts"}


def test_what_readers_do_not_get_is_exposed_apart(manifest: dict[str, Any]) -> None:
    assert restricted_tables(manifest) == RESTRICTED
    open_nodes = manifest["exposures"]["exposure.podium.release"]["depends_on"]["nodes"]
    assert {manifest["nodes"][key]["name"] for key in open_nodes} == PUBLISHED - RESTRICTED


def test_no_open_table_reads_a_restricted_one(manifest: dict[str, Any]) -> None:
    """Pay goes where these models lead, so no model on the way to an open table may read them."""
    kept = {"stg_variable_pay", "int_pay_months", "fct_coaching_budgets", *RESTRICTED}
    readers = {
        node["name"]
        for node in models(manifest).values()
        for parent in node["depends_on"]["nodes"]
        if parent in manifest["nodes"] and manifest["nodes"][parent]["name"] in kept
    }
    # Of pay, int_coached_volumes takes the months alone.
    assert readers <= kept | {"int_coached_volumes"}


def test_every_published_column_has_a_type_and_a_comment(manifest: dict[str, Any]) -> None:
    bare = [
        f"{node['name']}.{name}"
        for node in models(manifest).values()
        if node["name"] in PUBLISHED
        for name, column in node["columns"].items()
        if not column["data_type"] or not column["description"].strip()
    ]
    assert bare == []


def test_everything_that_makes_a_metric_has_a_hand_worked_example(manifest: dict[str, Any]) -> None:
    examined = {test["model"] for test in manifest["unit_tests"].values()}
    facts = {node["name"] for node in models(manifest).values() if layer(node) == "metrics"}
    assert facts <= examined


def test_comments_of_metrics_are_those_of_the_dictionary(manifest: dict[str, Any]) -> None:
    comments = {name: column["description"] for name, column in ranking(manifest, "sdr")["columns"].items()}
    assert comments["lead_velocity"] == (
        "Leads sent per month in the role. Formula: leads_sent / months_in_role. "
        "Caveat: Says how many, not how good. Counter-metric: acceptance_rate."
    )
    assert comments["due_leads"] == ("Leads sent that are decided or should be by now. Formula: leads_sent - pending.")
    assert comments["lead_velocity_low"] == "Lead velocity. Lower end of the 90 % interval of the shrunk value."
    assert comments["score_low"] == "Lower end of the 90 % interval of the score."


@pytest.mark.parametrize("role", ["sdr", "ae", "am"])
def test_dagster_shows_the_comments_of_the_release(role: str, manifest: dict[str, Any], defs: dg.Definitions) -> None:
    spec = defs.resolve_asset_graph().get(dg.AssetKey(["main", f"{role}_ranking"])).metadata
    shown = {column.name: column.description for column in spec["dagster/column_schema"].columns}
    assert shown == {name: column["description"] for name, column in ranking(manifest, role)["columns"].items()}
    assert all(shown.values())


def ranking(manifest: dict[str, Any], role: str) -> dict[str, Any]:
    node: dict[str, Any] = manifest["nodes"][f"model.podium.{role}_ranking"]
    return node
