"""Runs suites with Great Expectations. The only call site; which rules there are is said in suites/.

Great Expectations passes an empty frame, an empty suite, a column of nothing but NULL, and NaN; its overall `success`
is false on a mere warning. So evidence is demanded here before it is asked, and its answer is read per expectation.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from data_checks.check import Expectation

log = logging.getLogger("podium.gate")


@dataclass(frozen=True)
class Judgement:
    """Whether an expectation holds on a frame; `problem` is set when it could not be judged, which is not a pass."""

    passed: bool
    rows: int
    problem: str = ""


def judge(name: str, frame: pd.DataFrame, expectations: Sequence[Expectation]) -> dict[str, Judgement]:
    """Judge a frame by a suite; one judgement per check id. No value of the frame leaves this function.

    Raises ValueError for an empty suite or one that names a check twice: those would pass unseen.
    """
    ids = [expectation.check_id for expectation in expectations]
    if not ids or len(set(ids)) != len(ids):
        raise ValueError(f"suite {name}: expected at least one expectation and each id once")
    answers = {expectation.check_id: _no_evidence(frame, expectation) for expectation in expectations}
    judgeable = [expectation for expectation in expectations if answers[expectation.check_id] is None]
    said = _validate(name, frame, judgeable) if judgeable else {}
    judgements = {}
    for check_id in ids:
        problem = answers[check_id] or ("" if check_id in said else "Great Expectations gave no answer")
        passed, error = said.get(check_id, (False, ""))
        judgements[check_id] = Judgement(passed and not problem, len(frame), problem or error)
    return judgements


def _no_evidence(frame: pd.DataFrame, expectation: Expectation) -> str | None:
    """Why a frame holds nothing that this expectation could judge, None when it does."""
    if frame.empty and expectation.kind != "ExpectTableRowCountToBeBetween":
        return "no rows to judge"
    column = expectation.column
    if not column or expectation.kind == "ExpectTableRowCountToBeBetween":
        return None
    if column not in frame.columns:
        return "the column is missing"
    if frame[column].isna().all() and not expectation.may_be_all_null:
        return "the column holds nothing but NULL"
    return None


def _validate(name: str, frame: pd.DataFrame, expectations: Sequence[Expectation]) -> dict[str, tuple[bool, str]]:
    """Per check id whether it holds, and what went wrong if it could not be evaluated."""
    gx, classes, whole_frame = _great_expectations()
    suite = gx.ExpectationSuite(name=name, expectations=[_made(classes, expectation) for expectation in expectations])
    result = whole_frame.get_batch({"dataframe": frame}).validate(suite, result_format="BOOLEAN_ONLY")
    said = {}
    for outcome in result.results:
        check_id = outcome.expectation_config.meta["check_id"]
        failed = bool(outcome.exception_info.get("raised_exception")) or not _is_flat(outcome.exception_info)
        said[check_id] = (bool(outcome.success) and not failed, "Great Expectations could not evaluate it" * failed)
    return said


def _is_flat(exception_info: dict[str, Any]) -> bool:
    """An evaluation that raised inside a metric is reported as one entry per metric instead of one flag."""
    return "raised_exception" in exception_info


def _made(classes: Any, expectation: Expectation) -> Any:
    make = getattr(classes, expectation.kind)
    return make(**expectation.arguments, severity=expectation.severity, meta={"check_id": expectation.check_id})


@cache
def _great_expectations() -> tuple[Any, Any, Any]:
    """The library, its expectations, and what makes a batch of any frame. Imported here because that takes seconds.

    One definition serves all frames: each of its own would be written out as YAML three times.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    import great_expectations.expectations as classes
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    log.debug("Great Expectations %s, no analytics, in memory", gx.__version__)
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
    return gx, classes, asset.add_batch_definition_whole_dataframe("frame")
