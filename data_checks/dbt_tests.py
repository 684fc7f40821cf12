"""The dbt tests of a build as results of the gate. The tests themselves stand beside the models."""

from __future__ import annotations

from collections.abc import Sequence

from data_checks.build import Build
from data_checks.verdict import CheckResult, DbtTest, Severity, Verdict

DBT_TESTS = "G4.dbt_tests"


def dbt_results(build: Build, tests: Sequence[DbtTest]) -> list[CheckResult]:
    """One result per test, and one that says whether there were any: a build without its tests is not judged."""
    rows = _model_rows(build)
    results = [_result(test, rows.get(test.model, 0)) for test in tests]
    return [*results, _executed(tests)]


def _model_rows(build: Build) -> dict[str, int]:
    """Rows of every relation that dbt built, by name; dbt says how many rows fail and not how many it looked at."""
    tables = build.records(
        "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE' "
        "and table_catalog = current_database() and table_schema not in ('crm', 'night')"
    )
    names = [(row["table_schema"], row["table_name"]) for row in tables]
    if not names:
        return {}
    counts = build.one("select " + ", ".join(f'(select count(*) from "{schema}"."{name}")' for schema, name in names))
    return {name: count for (_, name), count in zip(names, counts, strict=True)}


def _result(test: DbtTest, rows: int) -> CheckResult:
    severity: Severity = "warning" if test.severity == "warn" else "critical"
    verdict = _verdict(test, severity)
    found = f"{test.failures or 0:,} rows" if test.status in ("pass", "warn", "fail") else test.status
    # A model of an entity that was never delivered is empty; where it should not be, the gate's own checks say so.
    vacuous = verdict == "pass" and not rows
    return CheckResult(
        check_id=f"dbt.{test.name}",
        stage="G3" if test.model.startswith("stg_") else "G4",
        severity=severity,
        is_required=not vacuous,
        table_name=test.model,
        column_name=test.column,
        description=test.description or test.name,
        rows_examined=rows,
        observed=found,
        threshold="0 rows",
        observed_value=float(test.failures or 0),
        threshold_value=0.0,
        verdict=verdict,
        message=f"not required: {test.model} is empty" if vacuous else _message(test, verdict, rows, found),
    )


def _message(test: DbtTest, verdict: Verdict, rows: int, found: str) -> str:
    """dbt's own words may hold values of the data and stay in its log."""
    if verdict == "pass":
        return ""
    where = f"{test.model}.{test.column}" if test.column else test.model
    code = "W-DBT-TEST" if verdict == "warn" else "E-DBT-TEST"
    return f"{code} {where}: {test.name}, on {rows:,} rows, observed {found}, threshold 0 rows"


def _verdict(test: DbtTest, severity: Severity) -> Verdict:
    """A test that failed judges as it is meant; one that did not run (error, skipped) blocks."""
    if test.status == "pass":
        return "pass"
    if test.status in ("warn", "fail"):
        return "warn" if severity == "warning" else "block"
    return "block"


def _executed(tests: Sequence[DbtTest]) -> CheckResult:
    return CheckResult(
        check_id=DBT_TESTS,
        stage="G4",
        severity="critical",
        is_required=True,
        table_name="",
        column_name="",
        description="the dbt tests of this build were executed (a build that skipped its tests proves nothing)",
        rows_examined=len(tests),
        observed=f"{len(tests):,} tests",
        threshold="at least 1 test",
        observed_value=float(len(tests)),
        threshold_value=1.0,
        verdict="pass" if tests else "block",
        message="" if tests else "E-NO-EVIDENCE dbt: no test was executed, expected at least 1",
    )
