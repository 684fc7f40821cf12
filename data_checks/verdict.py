"""What a check says, in the columns of `check_results`, and what a person decided about it. How it got there belongs to
the gate; by which rules people decide, to pipelines/release/decisions.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Severity = Literal["warning", "critical"]
Verdict = Literal["pass", "warn", "block", "block_overridden"]
DecisionKind = Literal["override", "ack"]
# What people may do about a check that blocks. Which checks are of which class is said in check.py.
DecisionClass = Literal["override", "ack", "never"]


@dataclass(frozen=True)
class CheckResult:
    """One row of `check_results` without the release's own columns, and what people may do about it (`decision`).

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
    decision: DecisionClass = "never"

    @property
    def code(self) -> str:
        """The code that a failed check's message opens with."""
        return self.message.partition(" ")[0]


@dataclass(frozen=True)
class Decision:
    """What a person decided about one check of one held build, as it stands in the ledger.

    It holds for the same content and for an observed value that is no worse, once, until `expires_at` (UTC).
    """

    decision_id: str
    kind: DecisionKind
    release_id: str
    check_id: str
    code: str
    content_sha256: str
    observed: str
    observed_value: float | None
    threshold_value: float | None
    reason: str
    by: str
    second: str | None
    expires_at: datetime


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
