"""The only assembly: assets, checks, the job, what starts it, and the night as resource.

No logic of a stage stands here. `podium run` executes the same job as the schedule, in its own process.
"""

from __future__ import annotations

from datetime import date

import dagster as dg

from pipelines.assets.dbt import dbt_build
from pipelines.assets.gate import gate_checks
from pipelines.assets.instance import open_instance
from pipelines.assets.land import land
from pipelines.assets.manifest import load_manifest
from pipelines.assets.release import release_asset
from pipelines.assets.tonight import tonight_resource
from pipelines.assets.triggers import JOB, end_orphans, inbox_sensor, nightly_job, nightly_schedule
from pipelines.errors import PodiumError
from pipelines.release.dictionary import exposed_models
from pipelines.settings import Settings


def build_definitions(settings: Settings) -> dg.Definitions:
    """Everything Dagster shows of one home."""
    manifest = load_manifest()
    tables = [model["name"] for model in exposed_models(manifest)]
    job = nightly_job(settings)
    return dg.Definitions(
        assets=[land, dbt_build(manifest), release_asset(manifest, tables)],
        asset_checks=[gate_checks(manifest, tables)],
        jobs=[job],
        schedules=[nightly_schedule(settings, job)],
        sensors=[inbox_sensor(settings, job)],
        resources={"tonight": tonight_resource(settings)},
        # One process for all steps: DuckDB has one writer, and the stages hand their work on in memory.
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """The code location, for the home that the environment names."""
    return build_definitions(Settings.load())


def run_nightly(settings: Settings, as_of: date | None, promote: bool) -> None:
    """Execute the job `nightly` in this process. Raises the PodiumError that stopped it, or what else did.

    An interrupt surfaces as KeyboardInterrupt.
    """
    job = build_definitions(settings).resolve_job_def(JOB)
    night = {"as_of": as_of.isoformat() if as_of else None, "promote": promote}
    with open_instance(settings) as instance:
        end_orphans(settings, instance)
        try:
            job.execute_in_process(
                instance=instance,
                run_config={
                    "ops": {"land": {"config": {k: v for k, v in night.items() if v is not None}}},
                    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                },
            )
        except dg.DagsterExecutionInterruptedError as error:
            raise KeyboardInterrupt from error
        except dg.DagsterError as error:
            # A resource's error, such as Busy, comes wrapped; a step's comes as it is.
            if isinstance(error.__cause__, PodiumError):
                raise error.__cause__ from error
            raise
