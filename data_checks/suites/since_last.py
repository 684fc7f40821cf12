"""Limits on what moved since the last release. Without one, these checks are listed as not required and say so. How a
number is measured is in drift.py.
"""

from __future__ import annotations

from typing import Any

from data_checks.check import Measured
from data_checks.drift import (
    CLOSED_TOTALS,
    DOER_LEAST_ROWS,
    IS_NO_TOTAL,
    PSI_LEAST_ROWS,
    UNEXPLAINED_OTHERS,
    is_total,
    moved_sql,
    orphan_rise,
    stages_new,
    unexplained,
    unexplained_sql,
)
from data_checks.entities import CATEGORIES, DOERS, REFERENCES, Reference
from data_checks.suites.bands import SMALL, bands, none_allowed
from data_checks.suites.border_in import orphans_sql
from pipelines.contract import ENTITIES


def since_last() -> tuple[Measured, ...]:
    """Every check on a number that is compared with the last release."""
    checks = [_baseline()]
    for name in ENTITIES:
        # An entity that was held then and is gone now must be judged, so these need no delivery.
        common = {"table": f"stg_{name}", "subject": name}
        checks += [*_volume(name, common), *_nulls(name, common), *_categories(name, common), *_people(name, common)]
    checks += [_stages(), *(_orphans(reference) for reference in REFERENCES)]
    for total in CLOSED_TOTALS:
        checks += [_unexplained(total), *_closed(total)]
    return (*checks, _unexplained_others())


def _baseline() -> Measured:
    return none_allowed(
        "G5.baseline",
        "W-NO-BASELINE",
        severity="warning",
        table="night.context",
        description="there is a release to compare with, made with the same options",
        reason="a first night has none: then only the fixed limits hold",
        subject="night",
        measure="without_baseline",
    )


def _volume(name: str, common: dict[str, Any]) -> list[Measured]:
    description = "change of the number of rows since the last release"
    reason = "a CRM grows slowly from night to night; a third of it gone or all of it twice is an export gone wrong"
    return [
        Measured(
            id=f"G5.volume.{name}",
            code="E-VOLUME",
            severity="critical",
            description=description,
            reason=f"{reason}; {SMALL}",
            measure="rows_change_beyond",
            low=-0.30,
            high=1.0,
            **common,
        ),
        Measured(
            id=f"G5.volume.{name}.warn",
            code="W-VOLUME",
            severity="warning",
            description=description,
            reason=reason,
            measure="rows_change",
            low=-0.01,
            high=0.5,
            **common,
        ),
    ]


def _nulls(name: str, common: dict[str, Any]) -> list[Measured]:
    blanked = none_allowed(
        f"G5.blanked.{name}",
        "E-COVERAGE",
        description="columns that held values at the last release and hold none now",
        reason="the export's user lost the right to read a field",
        measure="blanked",
        **common,
    )
    rises = bands(
        f"G5.nulls.{name}",
        "NULL-RATE",
        warn=(None, 0.01),
        block=(None, 0.05),
        description="greatest rise of a column's share of empty values since the last release",
        reason=f"the whole state moves by less in a night; {SMALL}",
        measure="null_rise",
        **common,
    )
    return [blanked, *rises]


def _categories(name: str, common: dict[str, Any]) -> list[Measured]:
    if name not in CATEGORIES:
        return []
    return bands(
        f"G5.categories.{name}",
        "CATEGORIES",
        warn=(None, 0.1),
        block=(None, 0.25),
        description=f"stability index of the categories of {', '.join(CATEGORIES[name])}",
        reason=f"customary bands, a convention and no proof; from {PSI_LEAST_ROWS} rows on, where chance stays below",
        measure="category_psi",
        unit="index",
        **common,
    )


def _people(name: str, common: dict[str, Any]) -> list[Measured]:
    if name not in DOERS:
        return []
    check = none_allowed(
        f"G5.people.{name}",
        "E-COVERAGE",
        column=DOERS[name],
        description=f"people with at least {DOER_LEAST_ROWS} rows at the last release who have none now",
        reason="what somebody did stays done; rows vanish by person when the export's user loses sight of them",
        measure="doers_lost",
        **common,
    )
    return [check]


def _stages() -> Measured:
    return none_allowed(
        "G5.stages.opportunities",
        "W-STAGE-NEW",
        severity="warning",
        table="stg_opportunities",
        column="stage",
        description="stages of deals that the last release did not know",
        reason="somebody added or renamed one in the CRM; is_closed and is_won decide what it counts as",
        needs=("opportunities",),
        subject="opportunities",
        measure="stages_new",
        offending=f"select stage from ({stages_new()}) where is_new",
    )


def _orphans(reference: Reference) -> Measured:
    return Measured(
        id=f"G5.orphans.{reference.entity}.{reference.column}",
        code="W-ORPHANS" if reference.to_person else "E-ORPHANS",
        severity="warning" if reference.to_person else "critical",
        table=f"stg_{reference.entity}",
        column=reference.column,
        description=f"rise of the share of rows that name one of {reference.parent} that was never delivered",
        reason=f"what the last release lived with is known; 0.2 points more are parents that did not come; {SMALL}",
        needs=(reference.entity,),
        subject=reference.entity,
        measure=orphan_rise(reference.column),
        high=0.002,
        offending=orphans_sql(reference),
    )


_NOT_EXPLAINED = "what moved and no delivered record speaks of is an error of ours, or somebody wrote into the past"


def _unexplained(total: str) -> Measured:
    return none_allowed(
        f"G5.unexplained.{total}",
        "E-CLOSED-UNEXPLAINED",
        table="closed_period_changes",
        column=total,
        description="people whose figure of a period closed at the last release moved without an explanation",
        reason=_NOT_EXPLAINED,
        subject="closed",
        measure=unexplained(total),
        offending=unexplained_sql(is_total(total)),
    )


def _unexplained_others() -> Measured:
    return none_allowed(
        "G5.unexplained",
        "W-CLOSED-UNEXPLAINED",
        severity="warning",
        table="closed_period_changes",
        description="other counts and amounts of closed periods that moved without an explanation",
        reason=f"{_NOT_EXPLAINED}; they are left out of closed_period_changes",
        subject="closed",
        measure=UNEXPLAINED_OTHERS,
        offending=unexplained_sql(IS_NO_TOTAL),
    )


def _closed(total: str) -> list[Measured]:
    return bands(
        f"G5.closed.{total}",
        "CLOSED-MOVED",
        warn=(0, 0),
        block=(-0.01, 0.01),
        table=CLOSED_TOTALS[total][0],
        column=total,
        description="greatest change of the total of a period that was closed at the last release",
        reason="explained changes move closed periods a little; more than 1 % rewrites what was reported",
        subject="closed",
        measure=total,
        offending=moved_sql(is_total(total)),
    )
