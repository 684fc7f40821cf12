"""What a night is planned on, and when there is nothing to do."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest
from release_home import ReleaseHome, march, receipt

from pipelines.errors import Busy, InfrastructureError
from pipelines.night import inputs_sha256, load, nothing_new, plan
from pipelines.release import provenance
from pipelines.release.lock import night_lock
from pipelines.settings import Config, Settings


def test_the_day_is_that_of_the_newest_loaded_file(home: ReleaseHome) -> None:
    home.deliver(3)
    home.receipts += [receipt(march(2)), receipt(march(9), verdict="refused")]
    night = plan(home.settings, home.receipts)
    assert (night.as_of, night.release_id, night.previous_release_id) == (march(3), "v000001", None)
    assert night.built_at.tzinfo is None
    assert load(home.settings) == night


def test_no_plan_no_night(home: ReleaseHome) -> None:
    with pytest.raises(InfrastructureError, match="E-NO-NIGHT"):
        load(home.settings)


def test_the_same_inputs_are_nothing_new_and_others_are(released: ReleaseHome) -> None:
    assert "v000001 is current" in str(nothing_new(released.settings, plan(released.settings, released.receipts)))
    changed = replace(released.settings, config=Config(base_currency="USD"))
    assert nothing_new(changed, plan(changed, released.receipts)) is None
    released.deliver(2)
    assert nothing_new(released.settings, plan(released.settings, released.receipts)) is None


@pytest.mark.parametrize(
    "other",
    [
        {"sha256": "f" * 64},
        {"version": 1},
        {"is_full": True},
        {"source": "other"},
        {"entity": "leads"},
        {"delivered_on": march(2)},
    ],
)
def test_each_property_of_a_delivery_is_an_input(home: ReleaseHome, other: dict[str, object]) -> None:
    one = receipt(march(1))
    assert inputs_sha256(home.settings, [one], march(3)) != inputs_sha256(
        home.settings, [one.model_copy(update=other)], march(3)
    )


def test_order_later_deliveries_and_refused_files_are_no_inputs(home: ReleaseHome) -> None:
    usual = [receipt(march(1)), receipt(march(2))]
    more = [receipt(march(8)), *reversed(usual), receipt(march(1), "leads", verdict="refused")]
    assert inputs_sha256(home.settings, usual, march(3)) == inputs_sha256(home.settings, more, march(3))
    assert inputs_sha256(home.settings, usual, march(3)) != inputs_sha256(home.settings, usual, march(2))


def test_how_a_night_runs_is_no_input_but_code_and_options_are(
    home: ReleaseHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    def inputs(**options: object) -> str:
        settings = Settings(home.settings.home, home.settings.inbox, Config.model_validate(options))
        return inputs_sha256(settings, [receipt(march(1))], march(1))

    usual = inputs()
    assert inputs(keep_releases=30, nightly_hour=5, memory_limit_mb=4000) == usual
    assert inputs(company_time_zone="Europe/Berlin") != usual
    monkeypatch.setattr(provenance, "code_sha256", lambda: "1" * 64)
    assert inputs() != usual


def test_running_options_exist() -> None:
    assert set(Config.model_fields) >= provenance.RUNNING_OPTIONS


def _try_lock(home: Path, queue: multiprocessing.Queue[str]) -> None:
    try:
        with night_lock(Settings(home, home, Config())):
            queue.put("got it")
    except Busy as error:
        queue.put(f"{error.exit_code} {error}")


def test_a_second_night_is_told_who_is_at_work(home: ReleaseHome) -> None:
    import os

    spawn = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[str] = spawn.Queue()
    said = []
    with night_lock(home.settings):
        other = spawn.Process(target=_try_lock, args=(home.settings.home, queue))
        other.start()
        said.append(queue.get())
        other.join()
        with pytest.raises(Busy), night_lock(home.settings):
            pass
    with night_lock(home.settings):
        pass
    assert said[0].startswith("6 E-BUSY")
    assert f"process {os.getpid()}" in said[0]
