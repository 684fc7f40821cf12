"""What starts a night, and the instance it is remembered in."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from dagster import job, op

from pipelines.assets import instance as instances
from pipelines.assets import triggers
from pipelines.assets.triggers import end_orphans, inbox_sensor, nightly_job
from pipelines.release.lock import night_lock
from pipelines.settings import Config, Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, tmp_path / "inbox", Config(quiet_seconds=0))


@pytest.fixture
def deliver(settings: Settings) -> None:
    folder = settings.inbox / "crm" / "2026-09-15"
    folder.mkdir(parents=True)
    (folder / "users.csv").write_text("user_id\n1\n")


def tick(settings: Settings, instance: dg.DagsterInstance) -> dg.RunRequest | dg.SkipReason:
    found = inbox_sensor(settings, nightly_job(settings))(dg.build_sensor_context(instance=instance))
    assert isinstance(found, dg.RunRequest | dg.SkipReason)
    return found


@op
def nothing() -> None: ...


@job(name="nightly")
def some_night() -> None:
    nothing()


def started_run(instance: dg.DagsterInstance) -> str:
    """A run that says it is running and whose process is gone."""
    run = instance.create_run_for_job(some_night, status=dg.DagsterRunStatus.STARTED)
    return run.run_id


def test_nothing_waits_nothing_starts(settings: Settings) -> None:
    assert isinstance(tick(settings, dg.DagsterInstance.ephemeral()), dg.SkipReason)


@pytest.mark.usefixtures("deliver")
def test_waiting_deliveries_start_one_run_per_set(settings: Settings) -> None:
    instance = dg.DagsterInstance.ephemeral()
    first, again = tick(settings, instance), tick(settings, instance)
    assert isinstance(first, dg.RunRequest)
    assert first == again
    (settings.inbox / "crm" / "2026-09-15" / "leads.csv").write_text("lead_id\n1\n")
    assert tick(settings, instance).run_key != first.run_key


@pytest.mark.usefixtures("deliver")
def test_no_start_while_a_night_is_running(settings: Settings) -> None:
    instance = dg.DagsterInstance.ephemeral()
    started_run(instance)
    assert isinstance(tick(settings, instance), dg.SkipReason)


def test_orphans_of_a_dead_machine_are_ended_but_not_a_living_night(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = dg.DagsterInstance.ephemeral()
    run_id = started_run(instance)
    assert end_orphans(settings, instance) == 0
    monkeypatch.setattr(triggers, "START_SECONDS", -60)
    with night_lock(settings):
        assert end_orphans(settings, instance) == 0
    assert end_orphans(settings, instance) == 1
    assert instance.get_run_by_id(run_id).status == dg.DagsterRunStatus.FAILURE


def test_the_instance_is_kept_and_opened_again(settings: Settings) -> None:
    with instances.open_instance(settings) as instance:
        run_id = started_run(instance)
    with instances.open_instance(settings) as instance:
        assert instance.has_run(run_id)
        assert instance.run_monitoring_enabled
        assert not instance.telemetry_enabled
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1


@pytest.mark.parametrize("name", ["runs.db", "index.db", "schedules.db"])
def test_an_unreadable_instance_is_moved_aside(settings: Settings, name: str) -> None:
    with instances.open_instance(settings) as instance:
        run_id = started_run(instance)
    (database,) = settings.dagster_home.rglob(name)
    database.write_bytes(b"this is no database" * 100)
    with instances.open_instance(settings) as instance:
        assert not instance.has_run(run_id)
        started_run(instance)
    assert len(list(settings.home.glob("dagster.unreadable-*"))) == 1


def test_a_deleted_instance_is_made_anew(settings: Settings) -> None:
    with instances.open_instance(settings):
        pass
    for path in settings.dagster_home.rglob("*.db"):
        path.unlink()
    with instances.open_instance(settings) as instance:
        started_run(instance)
    assert list(settings.home.glob("dagster.unreadable-*")) == []


def test_a_home_of_dagster_that_cannot_be_made_does_not_stop_a_night(settings: Settings) -> None:
    settings.dagster_home.parent.mkdir(exist_ok=True)
    settings.dagster_home.write_text("a file in the way")
    with instances.open_instance(settings) as instance:
        started_run(instance)
