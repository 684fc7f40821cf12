"""Executes checks of the catalogue on a build. What they are is said elsewhere; here each one ends in a result,
whatever happens: a check that crashed, or had nothing to judge though it should have, is a failed check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import pandas as pd

from data_checks.build import Build
from data_checks.check import Check, Judged, Measured, Queried, show
from data_checks.drift import baseline_measures, closed_measures, entity_drift
from data_checks.measures import Measurement, entity_measures, night_measures
from data_checks.results import crashed, judged, no_answer, not_required
from data_checks.runner import Judgement, judge
from data_checks.table import Table
from data_checks.tables import TABLES
from data_checks.verdict import CheckResult
from pipelines.quoting import identifier

Results = dict[str, CheckResult]
_Check = TypeVar("_Check", bound=Check)


def examine(build: Build, checks: Sequence[Check]) -> list[CheckResult]:
    """One result per check, in their order."""
    results = {check.id: result for check in checks if (result := _nothing_to_judge(build, check))}
    left = [check for check in checks if check.id not in results]
    for subject, measured in _grouped(left, Measured, lambda check: check.subject).items():
        results |= _attempt(_measured, build, subject, measured)
    for table, rows in _grouped(left, Judged, lambda check: check.table).items():
        results |= _attempt(_judged, build, table, rows)
    for name, queried in _grouped(left, Queried, lambda check: check.id).items():
        results |= _attempt(_queried, build, name, queried)
    return [results[check.id] for check in checks]


def _grouped(checks: Iterable[Check], kind: type[_Check], key: Callable[[_Check], str]) -> dict[str, list[_Check]]:
    groups: dict[str, list[_Check]] = {}
    for check in checks:
        if isinstance(check, kind):
            groups.setdefault(key(check), []).append(check)
    return groups


def _attempt(
    execute: Callable[[Build, str, list[_Check]], Results], build: Build, subject: str, checks: list[_Check]
) -> Results:
    """The results of checks that are executed together; all of them are failed checks where that crashes."""
    try:
        return execute(build, subject, checks)
    except Exception as error:
        return {check.id: crashed(check, error) for check in checks}


def _nothing_to_judge(build: Build, check: Check) -> CheckResult | None:
    try:
        why = why_not(build, check)
    except Exception as error:
        return crashed(check, error)
    return not_required(check, why) if why else None


def why_not(build: Build, check: Check) -> str:
    """Why a check has nothing to judge in this build, empty when it must be executed."""
    for entity in check.needs:
        if not build.delivered(entity):
            return f"{entity} were never delivered"
        if not build.loaded_rows[entity]:
            return f"{entity} were delivered without rows"
    if check.needs_any and not any(build.delivered(entity) for entity in check.needs_any):
        return f"none of {', '.join(check.needs_any)} was ever delivered"
    table = TABLES.get(check.table)
    if table and not isinstance(check, Measured) and not _has_rows(build, table):
        return "nothing was staged that its rows could be made from"
    return ""


def _has_rows(build: Build, table: Table) -> bool:
    key = f"has_rows.{table.name}"
    if key not in build.measured:
        build.measured[key] = bool(build.one(f"select {table.has_rows}")[0])
    found: bool = build.measured[key]
    return found


def measurements(build: Build, subject: str) -> dict[str, Measurement]:
    """All measures of an entity, of the night, or of closed periods; once per build."""
    key = f"measures.{subject}"
    if key not in build.measured:
        if subject == "night":
            build.measured[key] = night_measures(build) | baseline_measures(build)
        elif subject == "closed":
            build.measured[key] = closed_measures(build)
        else:
            build.measured[key] = entity_measures(build, subject) | entity_drift(build, subject)
    found: dict[str, Measurement] = build.measured[key]
    return found


def _measured(build: Build, subject: str, checks: list[Measured]) -> Results:
    measures = measurements(build, subject)
    results = {c.id: not_required(c, measures[c.measure].missing) for c in checks if measures[c.measure].missing}
    left = [check for check in checks if check.id not in results]
    if left:
        values = {name: [part.value] for name, part in measures.items() if not part.missing}
        answers = judge(subject, pd.DataFrame(values, dtype=float), [check.expectation for check in left])
        results |= {check.id: _on_measurement(check, measures[check.measure], answers[check.id]) for check in left}
    return results


def _on_measurement(check: Measured, measured: Measurement, answer: Judgement) -> CheckResult:
    if answer.problem or not measured.rows:
        return no_answer(check, measured.rows, answer.problem or "no rows to judge")
    observed = show(measured.value, check.unit)
    return judged(check, answer.passed, measured.rows, observed, measured.value, measured.note)


def _judged(build: Build, table: str, checks: list[Judged]) -> Results:
    frame = published_frame(build, table)
    answers = judge(table, frame, [check.expectation for check in checks])
    countable = [c for c in checks if c.predicate and (not c.column or c.column in frame.columns)]
    counts = _offending_counts(build, table, countable)
    return {check.id: _on_answer(check, answers[check.id], counts.get(check.id)) for check in checks}


def published_frame(build: Build, table: str) -> pd.DataFrame:
    """A published table as a frame. NaN becomes infinite, because a frame cannot tell it from an empty value.

    Numbers become plain int64 or float64, the only ones that Great Expectations compares a column at a time; texts
    become categories, because it copies all columns for every expectation on a column with empty cells.
    """
    described = build.records(f"describe main.{table}")
    cells = [_frame_cell(identifier(row["column_name"]), row["column_type"]) for row in described]
    rows = build.db.execute(f"select {', '.join(cells)} from main.{table}").to_arrow_table()
    return rows.to_pandas(date_as_object=False, strings_to_categorical=True)


def _frame_cell(name: str, kind: str) -> str:
    if kind in ("DOUBLE", "FLOAT"):
        return f"case when isnan({name}) then 'inf'::double else {name} end as {name}"
    return f"{name}::double as {name}" if kind.startswith(("DECIMAL", "HUGEINT")) else name


def _offending_counts(build: Build, table: str, checks: list[Judged]) -> dict[str, int]:
    """Per check the number of rows that its predicate finds."""
    if not checks:
        return {}
    filters = ", ".join(f"count(*) filter (where {check.predicate})" for check in checks)
    counts = build.one(f"select {filters} from main.{table}")
    return dict(zip([check.id for check in checks], counts, strict=True))


def _on_answer(check: Judged, answer: Judgement, offending: int | None) -> CheckResult:
    if answer.problem:
        return no_answer(check, answer.rows, answer.problem)
    if offending is None:
        return judged(check, answer.passed, answer.rows, "as contracted" if answer.passed else "not as contracted")
    if answer.passed != (offending == 0):
        why = f"Great Expectations and SQL disagree, the latter finds {offending:,} rows"
        return no_answer(check, answer.rows, why, "E-CHECK-ERROR")
    return judged(check, answer.passed, answer.rows, f"{offending:,} rows", float(offending))


def _queried(build: Build, _: str, checks: list[Queried]) -> Results:
    (check,) = checks
    for name in check.prepares:
        build.prepare(name)
    rows, offending = build.one(f"select count(*), count(*) filter (where is_offending) from ({check.sql})")
    if not rows and check.when_empty:
        return {check.id: not_required(check, check.when_empty)}
    if not rows:
        return {check.id: no_answer(check, 0, "no rows to judge")}
    note = str(build.one(check.note)[0]) if check.note else ""
    return {check.id: judged(check, not offending, rows, f"{offending:,} rows", float(offending), note)}
