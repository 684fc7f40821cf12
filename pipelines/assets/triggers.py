"""The job `nightly` and what starts it: the schedule of the company's night and the sensor on the inbox.

Neither decides what a night takes: the scan of the inbox inside the run does, so a start that fails loses nothing.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import dagster as dg

from pipelines.errors import Busy
from pipelines.intake.scan import InboxFile, waiting
from pipelines.release.lock import night_lock
from pipelines.settings import Settings

JOB = "nightly"
# A run needs this long at most between its start and taking the lock.
START_SECONDS = 600
UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
# States in which a run holds the lock or is about to let it go.
AT_WORK = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def nightly_job(settings: Settings) -> dg.UnresolvedAssetJobDefinition:
    """Everything from inbox to release, ended when it takes longer than `max_run_minutes`."""
    return dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all(),
        description="One whole night: deliveries in, a certified release out.",
        tags={"dagster/max_runtime": str(settings.config.max_run_minutes * 60)},
    )


def nightly_schedule(settings: Settings, job: dg.UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    """Once a night at `nightly_hour` in the company's time zone; a missed night is caught up by the next run.

    A run that died with the machine must not keep the queue shut until its time is over.
    """

    def end_orphans_first(context: dg.ScheduleEvaluationContext) -> bool:
        end_orphans(settings, context.instance)
        return True

    return dg.ScheduleDefinition(
        name="nightly_schedule",
        job=job,
        cron_schedule=f"0 {settings.config.nightly_hour} * * *",
        execution_timezone=settings.config.company_time_zone,
        should_execute=end_orphans_first,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )


def inbox_sensor(settings: Settings, job: dg.UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    """A night as soon as deliveries wait and none is running. Off until switched on."""

    @dg.sensor(name="inbox_sensor", job=job, minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.STOPPED)
    def inbox(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        end_orphans(settings, context.instance)
        if context.instance.get_runs(dg.RunsFilter(job_name=JOB, statuses=UNDER_WAY), limit=1):
            return dg.SkipReason("A night is running.")
        files = waiting(settings)
        if not files:
            return dg.SkipReason("Nothing waits in the inbox.")
        return dg.RunRequest(run_key=run_key(files))

    return inbox


def run_key(files: list[InboxFile]) -> str:
    """The same waiting deliveries start one run, whatever order they are listed in."""
    return hashlib.sha256("\n".join(sorted(f"{file.where} {file.stamp}" for file in files)).encode()).hexdigest()[:32]


def end_orphans(settings: Settings, instance: dg.DagsterInstance) -> int:
    """Mark runs as failed that say they run while nobody holds the lock: their process died with the machine.

    Returns how many.
    """
    started_before = datetime.now(UTC) - timedelta(seconds=START_SECONDS)
    orphans = instance.get_runs(dg.RunsFilter(statuses=AT_WORK, updated_before=started_before))
    if not orphans:
        return 0
    try:
        with night_lock(settings):
            for run in orphans:
                instance.report_run_failed(run, "Its process is gone: the lock of the night is free.")
    except Busy:
        return 0
    return len(orphans)
