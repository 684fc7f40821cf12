"""The asset modules: what they show of a verdict, and what they refuse to do alone."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

import dagster as dg
import pytest

from data_checks.verdict import CheckResult, Verdict
from pipelines.assets import manifest as manifests
from pipelines.assets.gate import mirrored, shown_on
from pipelines.assets.tonight import interruptible
from pipelines.definitions import build_definitions
from pipelines.errors import UsageError
from pipelines.settings import Config, Settings


def result(verdict: Verdict, table: str = "sdr_ranking", check: str = "G4.grain") -> CheckResult:
    text = {"table_name": table, "column_name": "", "description": "d", "observed": "1", "threshold": "0"}
    return CheckResult(
        check_id=check,
        stage="G4",
        severity="critical",
        is_required=True,
        rows_examined=7,
        observed_value=1.0,
        threshold_value=0.0,
        verdict=verdict,
        message=f"{check} says {verdict}",
        **text,
    )


@pytest.mark.parametrize(
    ("verdicts", "passed"),
    [([], True), (["pass", "warn"], True), (["block_overridden"], True), (["pass", "block"], False)],
)
def test_a_table_fails_when_a_check_on_it_blocks(verdicts: list[Verdict], passed: bool) -> None:
    shown = mirrored("sdr_ranking", [result(verdict) for verdict in verdicts])
    assert shown.passed is passed
    assert shown.severity == dg.AssetCheckSeverity.ERROR
    assert shown.metadata["rows_examined"].value == 7 * len(verdicts)


def test_blocking_checks_are_named_first() -> None:
    shown = mirrored("sdr_ranking", [result("warn", check="w"), result("block", check="b"), result("pass", check="p")])
    assert shown.description == "b: b says block; w: w says warn"


def test_a_result_about_no_published_table_shows_on_the_table_of_all_results() -> None:
    tables = ["check_results", "sdr_ranking"]
    assert shown_on(result("block"), tables) == "sdr_ranking"
    assert shown_on(result("block", table="stg_leads"), tables) == "check_results"


@pytest.mark.parametrize("selected", ["release", "main/sdr_ranking"])
def test_a_part_of_a_night_alone_refuses_and_touches_nothing(tmp_path: Path, selected: str) -> None:
    settings = Settings(tmp_path, tmp_path / "inbox", Config())
    job = build_definitions(settings).resolve_job_def("nightly")
    key = dg.AssetKey(selected.split("/"))
    with pytest.raises(UsageError, match=r"E-NIGHT .* did not run in this run"):
        job.execute_in_process(asset_selection=[key], instance=dg.DagsterInstance.ephemeral())
    assert not settings.published.exists()
    assert not settings.ledger.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_stage_even_when_a_tool_swallows_it(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), interruptible():
        try:
            os.kill(os.getpid(), number)
        except KeyboardInterrupt as error:
            raise RuntimeError("the tool's own words") from error
    assert signal.getsignal(number) is before
    with pytest.raises(KeyboardInterrupt), interruptible(), suppress(KeyboardInterrupt):
        os.kill(os.getpid(), number)


def test_an_error_of_a_stage_stays_what_it_is() -> None:
    with pytest.raises(ValueError, match="x"), interruptible():
        raise ValueError("x")


def test_the_project_is_parsed_again_only_when_its_files_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []

    def parse() -> None:
        parsed.append("once more")
        (tmp_path / "target").mkdir(exist_ok=True)
        (tmp_path / "target" / "manifest.json").write_text('{"nodes": {}}')

    monkeypatch.setattr(manifests.transform, "parse", parse)
    (tmp_path / "model.sql").write_text("select 1")
    for _ in range(2):
        assert manifests.load_manifest(tmp_path) == {"nodes": {}}
    assert len(parsed) == 1
    (tmp_path / "model.sql").write_text("select 2")
    manifests.load_manifest(tmp_path)
    assert len(parsed) == 2
    (tmp_path / "target" / "manifest.json").unlink()
    manifests.load_manifest(tmp_path)
    assert len(parsed) == 3
