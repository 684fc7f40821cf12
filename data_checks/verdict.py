"""What a check says, in the columns of `check_results`. How it got there belongs to the gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["warning", "critical"]
Verdict = Literal["pass", "warn", "block"]


@dataclass(frozen=True)
class CheckResult:
    """One row of `check_results` without the release's own columns.

    `is_required` false means that the check had nothing to judge; `message` then says why. A critical check that fails
    blocks, a warning warns; a check that could not be executed blocks whatever its severity.
    """

    check_id: str
    stage: str
    severity: Severity
    is_required: bool
    table_name: str
    column_name: str
    description: str
    rows_examined: int
    observed: str
    threshold: str
    observed_value: float | None
    threshold_value: float | None
    verdict: Verdict
    message: str


@dataclass(frozen=True)
class DbtTest:
    """The outcome of one dbt test of this build.

    `status` is dbt's: pass, warn, fail, error or skipped. `severity` is the test's own, error or warn. `failures` is
    the number of rows the test found, None where it found none or did not run.
    """

    name: str
    model: str
    column: str
    status: str
    failures: int | None
    severity: str
    description: str
    message: str
