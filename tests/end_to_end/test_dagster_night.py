"""Dagster's pages and daemon as `make dev` starts them: the location loads, and a night launched there publishes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from homes import Home, environment, exposed_tables

from pipelines.settings import PROJECT_ROOT

DAGSTER = Path(sys.executable).with_name("dagster")
# Limits, not expectations: a loaded machine is slow.
START_SECONDS, RUN_SECONDS = 120, 300

LOCATION = """{ repositoriesOrError { ... on RepositoryConnection { nodes {
  name location { name } jobs { name } schedules { name } sensors { name } assetNodes { id } } } } }"""
LAUNCH = """mutation($params: ExecutionParams!) { launchPipelineExecution(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
RUN = """query($id: ID!) { runOrError(runId: $id) { ... on Run { status
  assetMaterializations { assetKey { path } } assetChecks { name assetKey { path } } } } }"""


class Pages:
    """The GraphQL interface of a webserver on this machine."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/graphql"

    def ask(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            found = json.load(answer)
        assert "errors" not in found, found["errors"]
        return found["data"]

    def when(self, query: str, is_done: Any, seconds: float, **variables: Any) -> Any:
        """The first answer of which `is_done`; fails after `seconds`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                found = self.ask(query, **variables)
            except OSError:
                found = None
            if found is not None and is_done(found):
                return found
            time.sleep(0.5)
        raise AssertionError(f"not within {seconds} s: {found}")


@pytest.fixture(scope="module")
def home(demo_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return demo_home.copy(tmp_path_factory.mktemp("dagster") / "home")


@pytest.fixture(scope="module")
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def pages(home: Home, port: int) -> Iterator[Pages]:
    env = environment() | {"PODIUM_HOME": str(home.path), "DAGSTER_HOME": str(home.path / "dagster")}
    command = [DAGSTER, "dev", "--workspace", "workspace.yaml", "--host", "127.0.0.1", "--port", str(port)]
    with (home.path / "dev.log").open("w") as log:
        started = subprocess.Popen(command, cwd=PROJECT_ROOT, env=env, stdout=log, stderr=log, start_new_session=True)
        try:
            pages = Pages(port)
            pages.when(LOCATION, lambda found: found["repositoriesOrError"].get("nodes"), START_SECONDS)
            yield pages
        finally:
            _stop(started)


def _stop(started: subprocess.Popen[bytes]) -> None:
    """End `dagster dev` and all it started: they are one process group."""
    for sign in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(started.pid, sign)
            started.wait(timeout=15)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def test_the_location_shows_all_of_it(pages: Pages) -> None:
    (location,) = pages.ask(LOCATION)["repositoriesOrError"]["nodes"]
    assert location["location"]["name"] == "podium"
    assert "nightly" in {job["name"] for job in location["jobs"]}
    assert {schedule["name"] for schedule in location["schedules"]} == {"nightly_schedule"}
    assert {sensor["name"] for sensor in location["sensors"]} == {"inbox_sensor"}
    assert len(location["assetNodes"]) > 60


def test_nothing_listens_beyond_loopback(pages: Pages, port: int) -> None:
    inodes = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = {line[1].split(":")[0] for line in inodes if line[3] == "0A" and int(line[1].split(":")[1], 16) == port}
    assert listening == {"0100007F"}


def test_a_night_launched_there_publishes(pages: Pages, home: Home) -> None:
    home.deliver(0)
    (location,) = pages.ask(LOCATION)["repositoriesOrError"]["nodes"]
    selector = {
        "repositoryLocationName": "podium",
        "repositoryName": location["name"],
        "jobName": "nightly",
    }
    launched = pages.ask(LAUNCH, params={"selector": selector, "runConfigData": {}})["launchPipelineExecution"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    finished = {"SUCCESS", "FAILURE", "CANCELED"}
    run = pages.when(
        RUN, lambda found: found["runOrError"]["status"] in finished, RUN_SECONDS, id=launched["run"]["runId"]
    )["runOrError"]
    assert run["status"] == "SUCCESS", (home.path / "dev.log").read_text()[-3000:]
    assert {"path": ["release"]} in [made["assetKey"] for made in run["assetMaterializations"]]
    assert sum(check["name"] == "gate" for check in run["assetChecks"]) == len(exposed_tables())
    assert home.current == "v000002"
