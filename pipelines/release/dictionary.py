"""What goes out and what of it is restricted, read from dbt's manifest: the models of its exposures, their columns,
grains and comments.

The manifest and not the database, because Parquet and some engines keep no comments. What a metric means stands in the
seed of metrics alone and is put into the manifest here. Makes rows; tables.py stores them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.errors import PodiumError
from pipelines.settings import DBT_PROJECT

Manifest = Mapping[str, Any]
METRICS = DBT_PROJECT / "seeds" / "metrics.csv"
_TYPES = {"STRING": "VARCHAR"}
_RESTRICTED = "exposure.podium.restricted"


def describe_metrics(manifest: Manifest) -> None:
    """Give the metric columns of the ranking tables in `manifest` the texts of the seed of metrics.

    The shrunk value and its interval keep what all metrics share and begin with the metric's label.
    """
    with METRICS.open(encoding="utf-8", newline="") as file:
        for metric in csv.DictReader(file):
            ranking = manifest["nodes"].get(f"model.podium.{metric['role'].lower()}_ranking", {"columns": {}})
            columns, name = ranking["columns"], metric["metric"]
            if name in columns:
                columns[name]["description"] = metric_comment(metric)
            for shrunk in {f"{name}_shrunk", f"{name}_low", f"{name}_high"} & set(columns):
                columns[shrunk]["description"] = f"{metric['label']}. {columns[shrunk]['description']}"


def metric_comment(metric: Mapping[str, str]) -> str:
    """The comment of a metric's column: its definition and formula, its caveat and counter-metric where it has them."""
    comment = f"{metric['definition']} Formula: {metric['formula']}."
    if metric["caveat"]:
        comment += f" Caveat: {metric['caveat']}"
    if metric["counter_metric"]:
        comment += f" Counter-metric: {metric['counter_metric']}."
    return comment


def exposed_models(manifest: Manifest) -> list[Mapping[str, Any]]:
    """The manifest's nodes that an exposure depends on, by name. Raises PodiumError when nothing is exposed."""
    ids = {node for exposure in manifest["exposures"].values() for node in exposure["depends_on"]["nodes"]}
    models = sorted((manifest["nodes"][node] for node in ids), key=lambda model: model["name"])
    if not models:
        raise PodiumError("E-DICTIONARY", "_exposures.yml", "nothing is exposed", do="list the published models")
    return models


def restricted_tables(manifest: Manifest) -> frozenset[str]:
    """Names of the exposed tables that readers of a release do not get."""
    exposure = manifest["exposures"].get(_RESTRICTED, {"depends_on": {"nodes": ()}})
    return frozenset(manifest["nodes"][node]["name"] for node in exposure["depends_on"]["nodes"])


def dictionary_rows(manifest: Manifest) -> Iterator[dict[str, Any]]:
    """The rows of data_dictionary without its tail. Raises PodiumError where a comment or the grain is missing."""
    for model in exposed_models(manifest):
        table = model["name"]
        grain = str(_meta(model).get("grain") or "")
        _demand(grain, table, "has no meta grain")
        keys = {key.strip() for key in grain.split(",")}
        _demand(keys <= set(model["columns"]), table, f"has no column for its grain {grain}")
        about = _comment(model, table)
        for ordinal, (name, column) in enumerate(model["columns"].items(), start=1):
            yield {
                "table_name": table,
                "column_name": name,
                "ordinal": ordinal,
                "data_type": _data_type(column, f"{table}.{name}"),
                "is_nullable": name not in keys and not _is_not_null(column),
                "is_key": name in keys,
                "unit": _meta(column).get("unit"),
                "description": _comment(column, f"{table}.{name}"),
                "table_description": about,
                "grain": grain,
            }


def _meta(node: Mapping[str, Any]) -> Mapping[str, Any]:
    return (node.get("config") or {}).get("meta") or node.get("meta") or {}


def _comment(node: Mapping[str, Any], where: str) -> str:
    text = " ".join((node.get("description") or "").split())
    _demand(text, where, "has no description")
    return text


def _data_type(column: Mapping[str, Any], where: str) -> str:
    kind = str(column.get("data_type") or "").upper()
    _demand(kind, where, "has no data_type")
    return _TYPES.get(kind, kind)


def _is_not_null(column: Mapping[str, Any]) -> bool:
    return any(constraint["type"] == "not_null" for constraint in column.get("constraints") or ())


def _demand(holds: object, where: str, what: str) -> None:
    if not holds:
        raise PodiumError("E-DICTIONARY", where, what, do="complete the model's yml")
