"""What Great Expectations would let through, the runner does not; what it fails, the runner tells apart."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from data_checks.check import Expectation
from data_checks.runner import judge

FILLED = Expectation("filled", "critical", "ExpectColumnValuesToNotBeNull", "n", {"column": "n"})
SMALL = Expectation(
    "small", "warning", "ExpectColumnValuesToBeBetween", "n", {"column": "n", "min_value": 0, "max_value": 1}
)


def test_each_expectation_is_read_for_itself() -> None:
    said = judge("mixed", pd.DataFrame({"n": [0.5, 7.0]}), [FILLED, SMALL])
    assert said["filled"].passed
    assert not said["small"].passed
    assert said["small"].problem == ""
    assert said["small"].rows == 2


@pytest.mark.parametrize("values", [[], [None, None], [float("nan")]], ids=["empty", "all null", "nan"])
def test_nothing_to_judge_is_no_pass(values: list[float | None]) -> None:
    said = judge("nothing", pd.DataFrame({"n": pd.Series(values, dtype=float)}), [SMALL])
    assert not said["small"].passed
    assert said["small"].problem


def test_a_column_may_be_all_null_where_the_suite_says_so() -> None:
    lenient = replace(SMALL, may_be_all_null=True)
    assert judge("lenient", pd.DataFrame({"n": [None, None]}, dtype=float), [lenient])["small"].passed


def test_an_infinite_value_is_out_of_range() -> None:
    wide = replace(SMALL, arguments={"column": "n", "min_value": -1e300, "max_value": 1e300})
    assert not judge("infinite", pd.DataFrame({"n": [1.0, float("inf")]}), [wide])["small"].passed


def test_a_missing_column_is_a_problem_of_its_own_check_only() -> None:
    said = judge(
        "missing", pd.DataFrame({"n": [0.5]}), [SMALL, replace(FILLED, column="gone", arguments={"column": "gone"})]
    )
    assert said["small"].passed
    assert said["filled"].problem == "the column is missing"


def test_an_expectation_that_cannot_be_evaluated_is_no_pass() -> None:
    said = judge("crash", pd.DataFrame({"n": ["text", "more"]}), [SMALL, FILLED])
    assert not said["small"].passed
    assert said["small"].problem
    assert said["filled"].passed


@pytest.mark.parametrize("suite", [[], [FILLED, FILLED]], ids=["empty", "doubled"])
def test_an_empty_suite_or_a_doubled_check_is_refused(suite: list[Expectation]) -> None:
    with pytest.raises(ValueError, match="at least one expectation"):
        judge("suite", pd.DataFrame({"n": [1.0]}), suite)
