"""What a check is: an id, how bad, why that threshold, and how to find the keys that offend. Which checks there are is
the catalogue's matter, executing them the gate's.

Three kinds: `Measured` judges one number of a profile, `Judged` an expectation on the rows of a published table (both
by Great Expectations), `Queried` a SQL query that marks each row it examined.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from data_checks.verdict import DecisionClass, Severity

Unit = Literal["share", "rows", "hours", "index"]

# What people may do about a check that blocks. G2 and G4 ask whether Podium itself lost, doubled or miscalculated
# anything: the repair is data or code, never a decision. G3 and G5 ask whether the data look as they should: people may
# know better, and override. What moved for a stated cause is not overridden but acknowledged: it is the new normal.
_BY_STAGE: dict[str, DecisionClass] = {"G2": "never", "G3": "override", "G4": "never", "G5": "override"}
_BY_CODE: dict[str, DecisionClass] = {
    "E-CLOSED-MOVED": "ack",
    "E-GATE-CHANGED": "ack",
    "E-CLOSED-UNEXPLAINED": "never",
    # Of G2, these two are about what was delivered.
    "E-QUARANTINE": "override",
    "E-SET-INCOMPLETE": "override",
    # Of G3, these two are about rows that intake would have set aside.
    "E-NULL": "never",
    "E-VALUES": "never",
}


def decision_class(code: str, stage: str) -> DecisionClass:
    """What people may do about a check of this code and stage; nothing where neither is listed."""
    return _BY_CODE.get(code) or _BY_STAGE.get(stage, "never")


@dataclass(frozen=True)
class Expectation:
    """One Great Expectations expectation, named but not made, so that suites are data.

    `column` is what must hold values for the expectation to have judged anything; empty for whole-table expectations.
    """

    check_id: str
    severity: Severity
    kind: str
    column: str
    arguments: Mapping[str, Any]
    may_be_all_null: bool = False


@dataclass(frozen=True, kw_only=True)
class Check:
    """What every check carries.

    `needs`: entities that must all have been delivered, `needs_any`: at least one of them; otherwise the check has
    nothing to judge. `reason` says why the threshold is what it is.
    """

    id: str
    severity: Severity
    code: str
    table: str
    description: str
    reason: str
    column: str = ""
    needs: tuple[str, ...] = ()
    needs_any: tuple[str, ...] = ()

    @property
    def stage(self) -> str:
        return self.id.partition(".")[0]

    @property
    def decision(self) -> DecisionClass:
        return decision_class(self.code, self.stage)

    @property
    def threshold(self) -> str:
        return "0 rows"


@dataclass(frozen=True, kw_only=True)
class Measured(Check):
    """One number of a profile, between two limits. `offending` is SQL for the keys behind it, where there are any."""

    subject: str
    measure: str
    low: float | None = None
    high: float | None = None
    unit: Unit = "share"
    offending: str = ""

    @property
    def threshold(self) -> str:
        if self.low is None:
            return f"at most {show(self.high, self.unit)}"
        if self.high is None:
            return f"at least {show(self.low, self.unit)}"
        return f"{show(self.low, self.unit)} to {show(self.high, self.unit)}"

    def limit(self, observed: float | None) -> float | None:
        """The limit on the side of the observed value."""
        if self.low is None or self.high is None:
            return self.high if self.low is None else self.low
        return self.low if observed is not None and observed < 0 else self.high

    @property
    def expectation(self) -> Expectation:
        limits = {"min_value": self.low, "max_value": self.high}
        return Expectation(
            self.id, self.severity, "ExpectColumnValuesToBeBetween", self.measure, {"column": self.measure, **limits}
        )


@dataclass(frozen=True, kw_only=True)
class Judged(Check):
    """An expectation on the rows of a published table.

    `predicate` is the same rule in SQL, true for a row that offends: it counts what Great Expectations only says yes or
    no to, and finds the keys. Empty for rules about the table as a whole.
    """

    kind: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    predicate: str = ""
    may_be_all_null: bool = False

    @property
    def threshold(self) -> str:
        return "0 rows" if self.predicate else "as contracted"

    @property
    def expectation(self) -> Expectation:
        return Expectation(self.id, self.severity, self.kind, self.column, self.arguments, self.may_be_all_null)


@dataclass(frozen=True, kw_only=True)
class Queried(Check):
    """A query that returns each row it examined, with keys, figures and `is_offending`.

    `prepares` names the files of data_checks/sql whose result the query reads as a temporary table of that name.
    `when_empty` is why the query may examine nothing; without it, nothing examined is a failure. `note` is SQL for one
    sentence that goes with the result, such as what was rightly left out.
    """

    sql: str
    prepares: tuple[str, ...] = ()
    when_empty: str = ""
    note: str = ""


def show(value: float | None, unit: Unit) -> str:
    """A measured number as a person reads it."""
    if value is None:
        return ""
    if unit == "share" and 0 < abs(value) < 0.00005:
        return "under 0.01 % in size"
    if unit == "share":
        return f"{value * 100:.2f}".rstrip("0").rstrip(".") + " %"
    if unit == "rows":
        return f"{value:,.0f} rows"
    if unit == "hours":
        return f"{value:,.1f} h"
    return f"{value:.3f}"
