"""How a check's outcome becomes a row of `check_results` and one line for a person. No value of the data appears in it
but counts, shares, dates and names of columns.
"""

from __future__ import annotations

import logging
from dataclasses import replace

import duckdb

from data_checks.check import Check, Measured
from data_checks.verdict import CheckResult, Verdict

log = logging.getLogger("podium.gate")


def judged(
    check: Check, passed: bool, rows: int, observed: str, value: float | None = None, note: str = ""
) -> CheckResult:
    """A check that was executed on `rows` rows."""
    if passed:
        return _result(check, rows, observed, value, "pass", note)
    noted = f" ({note})" if note else ""
    message = (
        f"{_headline(check, check.code)}, on {rows:,} rows, observed {observed}{noted}, threshold {check.threshold}"
    )
    return _result(check, rows, observed, value, "block" if check.severity == "critical" else "warn", message)


def not_required(check: Check, why: str) -> CheckResult:
    """A check that had nothing to judge."""
    return _result(check, 0, "", None, "pass", f"not required: {why}", is_required=False)


def no_answer(check: Check, rows: int, why: str, code: str = "E-NO-EVIDENCE") -> CheckResult:
    """A check that should have been judged and could not be: it blocks whatever its severity and nobody can decide."""
    message = f"{_headline(check, code)}, on {rows:,} rows, {why}, threshold {check.threshold}"
    return replace(_result(check, rows, why, None, "block", message), decision="never")


def crashed(check: Check, error: BaseException) -> CheckResult:
    """A check that raised. Only errors about names of relations are quoted: others may hold values."""
    log.debug("check %s could not be executed", check.id, exc_info=error)
    is_about_names = isinstance(error, duckdb.CatalogException | duckdb.BinderException)
    detail = str(error).splitlines()[0] if is_about_names else type(error).__name__
    return no_answer(check, 0, f"could not be executed ({detail})", "E-CHECK-ERROR")


def _headline(check: Check, code: str) -> str:
    where = f"{check.table}.{check.column}" if check.column else check.table
    return f"{code} {where}: {check.description}"


def _result(
    check: Check,
    rows: int,
    observed: str,
    value: float | None,
    verdict: Verdict,
    message: str,
    is_required: bool = True,
) -> CheckResult:
    return CheckResult(
        check_id=check.id,
        stage=check.stage,
        severity=check.severity,
        is_required=is_required,
        table_name=check.table,
        column_name=check.column,
        description=f"{check.description} ({check.reason})",
        rows_examined=rows,
        observed=observed,
        threshold=check.threshold,
        observed_value=value,
        threshold_value=check.limit(value) if isinstance(check, Measured) else 0.0,
        verdict=verdict,
        message=" ".join(message.split()),
        decision=check.decision,
    )
