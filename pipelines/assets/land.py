"""Intake as assets `crm/<entity>`: the sources of the dbt project, landed from the inbox.

How bytes become rows is pipelines/intake's; which night this is, pipelines/night's.
"""

import time
from collections.abc import Iterator
from datetime import date

import dagster as dg
from pydantic import Field

from pipelines import warehouse
from pipelines.assets.tonight import OWNERS, Landed, Tonight
from pipelines.contract import ENTITIES
from pipelines.errors import UsageError
from pipelines.intake.receipts import Receipt, receipts
from pipelines.intake.take import take_deliveries
from pipelines.night import discard, nothing_new, plan
from pipelines.release import ledger
from pipelines.release.memory import recall
from pipelines.release.provenance import demand_locked_tools

# Relations of the schema `night`, which the warehouse makes beside the entities.
NIGHT = {
    "context": "The as-of date, the options of the night and which entities were ever delivered.",
    "files": "Every file delivered by D: verdict and counts.",
    "quarantine": "Every row set aside by D: where it stood and why, without its content.",
    "baseline": "The release that tonight is compared with, if there is one.",
    "figures_before": "Every metric of every person in that release.",
    "lines_before": "Every account's line in the books of that release.",
    "records_before": "What each record counted for in that release.",
    "windows_before": "The cohort windows of that release's periods.",
    "kept_months": "Months of activities that are taken over from that release.",
    "kept_activities": "The activities of these months.",
    "activities_tonight": "Every delivered version of the activities of the other months.",
}


class NightConfig(dg.Config):
    """What may be said about a night when it is launched."""

    as_of: str | None = Field(None, description="The as-of date D, YYYY-MM-DD. Default: the newest delivery.")
    promote: bool = Field(False, description="Make the release current even when its D is older than current's.")


def _spec(key: list[str], description: str, kind: str) -> dg.AssetSpec:
    # Skippable: when nothing is new, nothing is yielded and the rest of the night is skipped.
    return dg.AssetSpec(key, description=description, group_name="intake", owners=OWNERS, kinds={kind}, skippable=True)


@dg.multi_asset(
    name="land",
    description="Archives, parses and lands every new delivery, then lays the private warehouse of the night.",
    specs=[
        *(_spec(["crm", entity.name], entity.description, "parquet") for entity in ENTITIES.values()),
        *(_spec(["night", name], description, "duckdb") for name, description in NIGHT.items()),
    ],
)
def land(
    context: dg.AssetExecutionContext, config: NightConfig, tonight: dg.ResourceParam[Tonight]
) -> Iterator[dg.MaterializeResult]:
    started = time.monotonic()
    with tonight.stage():
        demand_locked_tools()
        report = take_deliveries(tonight.settings)
        every = tuple(receipts(tonight.settings))
        night = plan(tonight.settings, every, _date(config.as_of), config.promote)
        reason = nothing_new(tonight.settings, night)
        if reason:
            discard(tonight.settings)
            ledger.append(tonight.settings, "nothing_new", inputs_sha256=night.inputs_sha256, reasons=[reason])
            context.log.info(reason)
            return
        before = recall(tonight.settings, night.as_of)
        tonight.landed = Landed(night, every, warehouse.prepare(tonight.settings, night, every, before))
    context.log.info(f"{night.release_id} as of {night.as_of}: {len(report.files)} new files, {len(report.busy)} busy")
    yield from _landed([r for r in every if r.delivered_on <= night.as_of], round(time.monotonic() - started, 3))


def _landed(by_d: list[Receipt], seconds: float) -> Iterator[dg.MaterializeResult]:
    for name in ENTITIES:
        of_entity = counts([r for r in by_d if r.entity == name])
        yield dg.MaterializeResult(asset_key=["crm", name], metadata={**of_entity, "seconds": seconds})
    rows = {"context": 1, "files": len(by_d), "quarantine": sum(r.rows_quarantined for r in by_d)}
    for name in NIGHT:
        counted = {"dagster/row_count": rows[name]} if name in rows else {}
        yield dg.MaterializeResult(asset_key=["night", name], metadata=counted)


def counts(of_entity: list[Receipt]) -> dict[str, int | bool]:
    """An entity's receipts as numbers; an entity never delivered stands as an empty table and says so."""
    return {
        "dagster/row_count": sum(r.rows_loaded for r in of_entity),
        "is_delivered": any(r.verdict == "loaded" for r in of_entity),
        "files": len(of_entity),
        "files_refused": sum(r.verdict == "refused" for r in of_entity),
        "rows_in": sum(r.rows_in for r in of_entity),
        "rows_quarantined": sum(r.rows_quarantined for r in of_entity),
        "rows_duplicate": sum(r.rows_duplicate for r in of_entity),
    }


def _date(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError("E-AS-OF", "as_of", "not a date", expected="YYYY-MM-DD", found=repr(text)) from None
