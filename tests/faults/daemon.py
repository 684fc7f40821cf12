"""What Dagster may do or suffer: orphans after a reboot, a broken instance, missed nights, starts that fail."""

from __future__ import annotations

import shutil
import signal
import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from pipelines.assets import triggers
from pipelines.assets.instance import open_instance
from pipelines.assets.triggers import inbox_sensor, nightly_schedule
from pipelines.definitions import build_definitions
from pipelines.intake.receipts import Receipt, receipts
from pipelines.intake.scan import waiting
from pipelines.release import ledger
from pipelines.settings import Config, Settings
from tests.faults import child, small_night
from tests.faults.place import Place
from tests.wiring import test_definitions as wiring

MORE_DAYS = (5, 6, 7, 8)


@dg.op
def nothing() -> None: ...


@dg.job(name=triggers.JOB)
def some_night() -> None:
    nothing()


def schedule_tick(settings: Settings, instance: dg.DagsterInstance) -> list[dg.RunRequest]:
    """What the schedule asks for when it is its time."""
    schedule = nightly_schedule(settings, some_night)  # type: ignore[arg-type]
    at = datetime(2026, 3, 5, 3, tzinfo=UTC)
    context = dg.build_schedule_context(instance=instance, scheduled_execution_time=at)
    return list(schedule.evaluate_tick(context).run_requests or [])


# 85, and the slots of 107: runs of a machine that is gone.
def orphans(place: Place) -> tuple[list[dg.DagsterRunStatus], list[dg.RunRequest]]:
    settings, states = (
        small_night.settings_of(place.home()),
        (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING),
    )
    with open_instance(settings) as instance, pytest.MonkeyPatch.context() as patch:
        runs = [instance.create_run_for_job(some_night, status=state).run_id for state in states]
        patch.setattr(triggers, "START_SECONDS", -60)
        requests = schedule_tick(settings, instance)
        return [instance.get_run_by_id(run_id).status for run_id in runs], requests  # type: ignore[union-attr]


def ended_and_next_started(_place: Place, found: tuple[list[dg.DagsterRunStatus], list[dg.RunRequest]]) -> None:
    states, requests = found
    assert states == [dg.DagsterRunStatus.FAILURE] * 2
    assert len(requests) == 1


# 92, 103: what the definitions say about executor, threads and the schedule.
def definitions(place: Place) -> dg.Definitions:
    home = place.root / "home"
    config = Config(nightly_hour=4, company_time_zone="Europe/Berlin", max_run_minutes=90)
    return build_definitions(Settings(home, home / "inbox", config))


def one_writer(_place: Place, defs: dg.Definitions) -> None:
    assert defs.resolve_job_def(triggers.JOB).executor_def is dg.in_process_executor
    wiring.test_one_writer_of_duckdb_at_a_time()


def once_a_night(_place: Place, defs: dg.Definitions) -> None:
    wiring.test_the_schedule_runs_once_a_night_through_both_changes_of_the_clock(defs)


# 99: the instance is locked, corrupt, deleted.
def locked(home: Path) -> sqlite3.Connection:
    (path,) = home.rglob("runs.db")
    holder = sqlite3.connect(path)
    holder.execute("begin exclusive")
    return holder


def corrupt(home: Path) -> None:
    for path in home.rglob("*.db"):
        path.write_bytes(b"no database" * 100)


def deleted(home: Path) -> None:
    shutil.rmtree(home)


def broken_instances(place: Place) -> list[tuple[str, bool, bool]]:
    """Per injection whether a run can be kept in the instance then opened, and whether it is the home's own."""
    found = []
    harms: tuple[Callable[[Path], sqlite3.Connection | None], ...] = (locked, corrupt, deleted)
    for harm in harms:
        settings = Settings(place.root / harm.__name__, place.root / "inbox", Config())
        with open_instance(settings) as instance:
            instance.create_run_for_job(some_night)
        holder = harm(settings.dagster_home)
        with open_instance(settings) as instance:
            is_usable = instance.has_run(instance.create_run_for_job(some_night).run_id)
            found.append((harm.__name__, is_usable, instance.is_persistent))
        if holder:
            holder.close()
    return found


def usable(_place: Place, found: list[tuple[str, bool, bool]]) -> None:
    """Every night gets an instance; only while the home's own is locked it is one in memory."""
    assert found == [("locked", True, False), ("corrupt", True, True), ("deleted", True, True)]


# 100: five nights missed.
def missed_nights(place: Place) -> tuple[Path, Path]:
    """A home that takes five deliveries in one night, and one that took each in its own."""
    at_once, nightly = place.home("at once"), place.home("nightly")
    assert child.run(nightly, quick=True).exit_code == 0
    for number in MORE_DAYS:
        small_night.deliver(at_once, number)
        small_night.deliver(nightly, number)
        assert child.run(nightly, quick=True).exit_code == 0
    assert child.run(at_once).exit_code == 0
    return at_once, nightly


def caught_up(_place: Place, found: tuple[Path, Path]) -> None:
    at_once, nightly = found
    rows = [row for row in ledger.read(small_night.settings_of(at_once)) if row["kind"] == "published"]
    assert [row["as_of"] for row in rows[3:]] == ["2026-03-08"], "one catch-up run"
    assert small_night.content(at_once) == small_night.content(nightly)
    for home in found:
        small_night.check_sound(home)


# 101: starts that fail, and a file that ends every run.
Failed = tuple[set[date], str | None, list[dg.RunRequest], Path, list[child.Ended]]


def failed_start(place: Place) -> Failed:
    """Days that wait after a run over them failed, its key, what the schedule asks for; and a file that kills."""
    home = place.home()
    settings = small_night.settings_of(home)
    with open_instance(settings) as instance:
        first = inbox_sensor(settings, some_night)(dg.build_sensor_context(instance=instance))  # type: ignore[arg-type]
        assert isinstance(first, dg.RunRequest)
        tags = {"dagster/run_key": str(first.run_key)}
        instance.create_run_for_job(some_night, status=dg.DagsterRunStatus.FAILURE, tags=tags)
        days = {file.delivered_on for file in waiting(settings)}
        requests = schedule_tick(settings, instance)
    ends = [child.run(home, at="S2:1") for _ in range(3)]
    return days, first.run_key, requests, home, [*ends, child.run(home)]


def parked(_place: Place, found: Failed) -> None:
    days, failed_key, requests, home, ends = found
    assert small_night.day(4) in days, "the inbox says what waits, no run does"
    assert len(requests) == 1
    assert requests[0].run_key != failed_key
    assert [ended.exit_code for ended in ends] == [*[-signal.SIGKILL] * 3, 0]
    leads = receipt_of(home, "leads.csv")
    assert (leads.verdict, leads.code) == ("refused", "E-FILE-PARKED")
    assert "3 runs ended while they read it" in leads.message
    assert receipt_of(home, "users.csv").verdict == "loaded"
    assert small_night.current(home) != "v000003", "the rest is published"
    small_night.check_bytes_kept(home)


def receipt_of(home: Path, name: str) -> Receipt:
    settings = small_night.settings_of(home)
    (found,) = [r for r in receipts(settings) if (r.delivered_on, r.file_name) == (small_night.day(4), name)]
    return found
