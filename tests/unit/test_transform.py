"""A build of dbt counts only when all of it was built in this very invocation."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import InfrastructureError
from pipelines.settings import Config, Settings
from pipelines.transform import BuildResult, NodeResult, demand_built

WANTED = {"model.podium.a", "seed.podium.b"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, tmp_path / "inbox", Config())


def built(message: str = "", **states: str) -> BuildResult:
    ids = {"a": "model.podium.a", "b": "seed.podium.b", "t": "test.podium.t"}
    nodes = [NodeResult(ids[name], status, 0.1, None, message) for name, status in states.items()]
    return BuildResult(tuple(nodes))


@pytest.mark.parametrize("states", [{"a": "success"}, {"a": "skipped", "t": "fail"}, {"a": "success", "t": "error"}])
def test_a_whole_build_is_taken(settings: Settings, states: dict[str, str]) -> None:
    demand_built(settings, built(b="success", **states), WANTED)


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (built(a="error", b="success"), "E-MODEL a: could not be built, see "),
        (built(a="success"), "E-MODEL b: not part of what dbt built, remove "),
        (built(), "E-MODEL a, b: not part of what dbt built"),
        (built("IO Error: No space left on device", a="error", b="success"), "E-DISK "),
    ],
)
def test_anything_less_stops_the_night(settings: Settings, build: BuildResult, said: str) -> None:
    with pytest.raises(InfrastructureError) as stopped:
        demand_built(settings, build, WANTED)
    assert str(stopped.value).startswith(said)
