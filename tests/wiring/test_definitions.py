"""What Dagster shows: assets by stage, checks, the job and what starts it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import dagster as dg
import yaml
from dagster._utils.schedules import schedule_execution_time_iterator

from pipelines.contract import ENTITIES
from pipelines.settings import PROJECT_ROOT

GROUPS = {"intake", "seeds", "staging", "intermediate", "metrics", "marts", "release"}


def graph(defs: dg.Definitions) -> Any:
    return defs.resolve_asset_graph()


def exposed(manifest: dict[str, Any]) -> set[str]:
    return {
        manifest["nodes"][key]["name"]
        for exposure in manifest["exposures"].values()
        for key in exposure["depends_on"]["nodes"]
    }


def test_the_definitions_are_loadable(defs: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(defs)


def test_every_asset_is_made_here_and_says_what_it_is(defs: dg.Definitions) -> None:
    specs = {spec.key: spec for spec in defs.resolve_all_asset_specs()}
    assert graph(defs).external_asset_keys == set()
    assert {spec.group_name for spec in specs.values()} == GROUPS
    assert [key.to_user_string() for key, spec in specs.items() if not (spec.description or "").strip()] == []
    assert [key.to_user_string() for key, spec in specs.items() if not spec.owners or not spec.kinds] == []


def test_sources_and_models_are_assets_by_their_names(defs: dg.Definitions, manifest: dict[str, Any]) -> None:
    keys = {key.to_user_string() for key in graph(defs).materializable_asset_keys}
    assert {f"crm/{entity}" for entity in ENTITIES} < keys
    assert {f"main/{table}" for table in exposed(manifest)} < keys
    assert {"staging/stg_leads", "metrics/fct_role_ranks", "release"} < keys


def test_a_blocking_gate_stands_on_every_published_table_before_the_release(
    defs: dg.Definitions, manifest: dict[str, Any]
) -> None:
    checks = {
        key.asset_key.path[-1]: graph(defs).get(key).blocking
        for key in graph(defs).asset_check_keys
        if key.name == "gate"
    }
    assert checks == dict.fromkeys(exposed(manifest), True)
    parents = {key.path[-1] for key in graph(defs).get(dg.AssetKey("release")).parent_keys}
    assert parents == exposed(manifest)


def test_dbt_tests_are_checks(defs: dg.Definitions, manifest: dict[str, Any]) -> None:
    generic = {n["name"] for n in manifest["nodes"].values() if n["resource_type"] == "test" and n.get("attached_node")}
    assert generic <= {key.name for key in graph(defs).asset_check_keys}


def test_the_job_is_the_whole_night_with_a_time_limit(defs: dg.Definitions) -> None:
    job = defs.resolve_job_def("nightly")
    assert job.tags["dagster/max_runtime"] == "5400"
    assert job.executor_def is dg.in_process_executor
    assert job.asset_layer.executable_asset_keys == graph(defs).materializable_asset_keys


def test_one_writer_of_duckdb_at_a_time() -> None:
    profile = yaml.safe_load((PROJECT_ROOT / "dbt_project" / "profiles.yml").read_text())
    assert {output["threads"] for output in profile["podium"]["outputs"].values()} == {1}
    instance = yaml.safe_load((PROJECT_ROOT / "dagster.yaml").read_text())
    assert instance["concurrency"]["runs"]["max_concurrent_runs"] == 1
    assert instance["telemetry"]["enabled"] is False
    assert instance["run_monitoring"]["enabled"] is True


def test_the_schedule_runs_once_a_night_through_both_changes_of_the_clock(defs: dg.Definitions) -> None:
    schedule = defs.resolve_schedule_def("nightly_schedule")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 4 * * *", "Europe/Berlin")
    for day in (datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC)):
        ticks = schedule_execution_time_iterator(
            day.timestamp(), schedule.cron_schedule, schedule.execution_timezone, ascending=True
        )
        first = [next(ticks) for _ in range(4)]
        assert len({tick.date() for tick in first}) == 4
        assert {tick.hour for tick in first} == {4}


def test_the_sensor_starts_the_same_job(defs: dg.Definitions) -> None:
    assert defs.resolve_sensor_def("inbox_sensor").job_name == "nightly"
    assert defs.resolve_schedule_def("nightly_schedule").job_name == "nightly"
