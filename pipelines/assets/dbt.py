"""The dbt project as assets, by names: source `crm.x` is `crm/x`, model `y` in schema `s` is `s/y`, folder = group.

dbt runs inside this process (pipelines/transform); its results become Dagster's here. Tests show as checks that do not
block by themselves: the gate weighs them together with everything else, so a failed one holds the night and says why.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets, group_from_dbt_resource_props_fallback_to_directory

from pipelines import transform, warehouse
from pipelines.assets.tonight import OWNERS, Tonight
from pipelines.assets.verdict import judge, refuse

UNIQUE_ID = "dagster_dbt/unique_id"


class ByFolder(DagsterDbtTranslator):
    """The defaults of dagster-dbt, and the folder of a model as its group."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        if dbt_resource_props["resource_type"] == "seed":
            return "seeds"
        return group_from_dbt_resource_props_fallback_to_directory(dbt_resource_props)

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        return OWNERS

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: Any
    ) -> dg.AssetCheckSpec | None:
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        if spec is None:
            return None
        return dg.AssetCheckSpec(
            spec.name,
            asset=spec.asset_key,
            description=manifest["nodes"][unique_id].get("description") or spec.description,
            additional_deps=spec.additional_deps,
            metadata=spec.metadata,
            blocking=False,
        )


def dbt_build(manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """Every seed and model of the project as one step; it builds the whole or nothing."""

    @dbt_assets(manifest=manifest, dagster_dbt_translator=ByFolder(), name="dbt_build")
    def build(
        context: dg.AssetExecutionContext, tonight: dg.ResourceParam[Tonight]
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        path = tonight.landed.warehouse
        with tonight.stage():
            tonight.build = transform.build(tonight.settings, path)
        yield from _results(context, tonight.build, table_rows(path))
        with tonight.stage():
            _demand_whole(tonight, manifest)

    return build


def _results(
    context: dg.AssetExecutionContext, build: transform.BuildResult, rows: Mapping[dg.AssetKey, int]
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """What dbt built and tested, in dbt's order: Dagster wants an asset after those it depends on."""
    specs = {spec.metadata[UNIQUE_ID]: spec for spec in context.assets_def.specs}
    checks = {(check.metadata or {})[UNIQUE_ID]: check for check in context.assets_def.check_specs}
    for node in build.nodes:
        spec, check = specs.get(node.unique_id), checks.get(node.unique_id)
        if spec and node.status == "success" and spec.key in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=spec.key, metadata=_metadata(node.seconds, rows.get(spec.key)))
        if check and node.status != "skipped" and check.key in context.selected_asset_check_keys:
            yield _check_result(check, node)


def _demand_whole(tonight: Tonight, manifest: Mapping[str, Any]) -> None:
    """Stop here when a model is missing: Dagster skips what is downstream of it without a word.

    Raises InfrastructureError for a model that could not be built, HeldByGate for one behind a failed test.
    """
    transform.demand_built(tonight.settings, tonight.build, _models(manifest))
    if any(node.status == "skipped" and not node.unique_id.startswith("test.") for node in tonight.build.nodes):
        judge(tonight, manifest)
        raise refuse(tonight)


def _models(manifest: Mapping[str, Any]) -> set[str]:
    """What every build consists of, by unique id."""
    return {key for key, node in manifest["nodes"].items() if node["resource_type"] in ("model", "seed")}


def table_rows(path: Path) -> dict[dg.AssetKey, int]:
    """Rows of every table of the warehouse, by asset key."""
    with warehouse.connect(path, read_only=True) as db:
        tables = db.execute("select schema_name, table_name, estimated_size from duckdb_tables()").fetchall()
    return {dg.AssetKey([schema, name]): rows for schema, name, rows in tables}


def _metadata(seconds: float, rows: int | None) -> dict[str, float]:
    counted = {} if rows is None else {"dagster/row_count": rows}
    return {**counted, "seconds": round(seconds, 3)}


def _check_result(check: dg.AssetCheckSpec, node: transform.NodeResult) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=check.asset_key,
        check_name=check.name,
        passed=node.status == "pass",
        severity=dg.AssetCheckSeverity.WARN if node.status == "warn" else dg.AssetCheckSeverity.ERROR,
        metadata={"failures": node.failures or 0, "seconds": round(node.seconds, 3)},
    )
