"""The terms of the gate: every check with its severity, its limits and when it must run, kept with each release.

Against them a later gate is compared, so that a check that was removed or softened is noticed: adding and tightening
are free. The SQL of a check is no term; that it changed shows in the code hash of the certificate alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from data_checks.check import Check, Judged, Measured, decision_class
from data_checks.verdict import CheckResult, DbtTest, Severity

# The two checks that are about the gate and not about a build: softened since the last release, overridden too often.
GATE_CHECK = "G5.gate"
RATE_CHECK = "G5.overrides"
GATE_CHANGED = "E-GATE-CHANGED"
_NAMED = 5


@dataclass(frozen=True)
class Terms:
    """One check as far as it can be softened.

    `low` and `high` are the limits of a number, `values` a closed list; `needs` and `needs_any` say as those of Check
    which deliveries the check waits for.
    """

    id: str
    severity: Severity
    threshold: str
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    needs_any: tuple[str, ...] = ()

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Terms:
        """From JSON, as `written` made it."""
        values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in kept.items()}
        return cls(**values)

    def written(self) -> dict[str, Any]:
        """For JSON; what is not limited is left out."""
        return {name: value for name, value in asdict(self).items() if value not in (None, ())}


@dataclass(frozen=True)
class CertifiedTerms:
    """The terms that a published release was judged by."""

    release_id: str
    terms: tuple[Terms, ...]


def terms_of(checks: Sequence[Check], tests: Sequence[DbtTest]) -> tuple[Terms, ...]:
    """The terms of a gate of these checks and dbt tests, by id."""
    return tuple(sorted([*map(_of_check, checks), *map(_of_test, tests)], key=lambda terms: terms.id))


def fingerprint(terms: Sequence[Terms]) -> str:
    """One hash over all terms."""
    return sha256(json.dumps([one.written() for one in terms], sort_keys=True).encode()).hexdigest()


def softened(before: Sequence[Terms], now: Sequence[Terms]) -> list[str]:
    """What a check of `before` demanded and no longer does, one phrase each; empty where nothing was softened."""
    present = {terms.id: terms for terms in now}
    changes = [(terms, present.get(terms.id)) for terms in before]
    return [phrase for old, new in changes for phrase in ([f"{old.id} removed"] if new is None else _softer(old, new))]


def gate_result(before: CertifiedTerms | None, now: Sequence[Terms]) -> CheckResult:
    """The check that no check was removed or softened since the last release."""
    changes = softened(before.terms, now) if before else []
    described = "no check was removed, lowered, widened or made to wait for more since the last release"
    return CheckResult(
        check_id=GATE_CHECK,
        stage="G5",
        severity="critical",
        is_required=before is not None,
        table_name="",
        column_name="",
        description=f"{described} (a gate that is softened unseen stops nothing)",
        rows_examined=len(before.terms) if before else 0,
        observed=_observed(changes, now),
        threshold="0 changes",
        # No number: an acknowledgement is of these changes and no others.
        observed_value=None,
        threshold_value=None,
        verdict="block" if changes else "pass",
        message=_message(before, changes),
        decision=decision_class(GATE_CHANGED, "G5"),
    )


def _of_test(test: DbtTest) -> Terms:
    return Terms(f"dbt.{test.name}", "warning" if test.severity == "warn" else "critical", "0 rows")


def _of_check(check: Check) -> Terms:
    low, high, values = None, None, ()
    if isinstance(check, Measured):
        low, high = check.low, check.high
    elif isinstance(check, Judged):
        low, high = check.arguments.get("min_value"), check.arguments.get("max_value")
        values = tuple(check.arguments.get("value_set", ()))
    return Terms(check.id, check.severity, check.threshold, low, high, values, check.needs, check.needs_any)


def _softer(old: Terms, new: Terms) -> list[str]:
    phrases = []
    if (old.severity, new.severity) == ("critical", "warning"):
        phrases.append(f"{old.id} lowered from critical to warning")
    if _is_wider(old, new):
        phrases.append(f"{old.id} widened from {_limits(old)} to {_limits(new)}")
    if _waits_for_more(old, new):
        phrases.append(f"{old.id} made to wait for more deliveries")
    return phrases


def _is_wider(old: Terms, new: Terms) -> bool:
    below = old.low is not None and (new.low is None or new.low < old.low)
    above = old.high is not None and (new.high is None or new.high > old.high)
    listed = bool(old.values) and (not new.values or not set(new.values) <= set(old.values))
    return below or above or listed


def _limits(terms: Terms) -> str:
    return f"{len(terms.values)} values" if terms.values else terms.threshold


def _waits_for_more(old: Terms, new: Terms) -> bool:
    any_of = bool(new.needs_any) and (not old.needs_any or not set(old.needs_any) <= set(new.needs_any))
    return any_of or not set(new.needs) <= set(old.needs)


def _observed(changes: Sequence[str], now: Sequence[Terms]) -> str:
    """The changes, and by the fingerprint of the new terms exactly these."""
    return f"{_listed(changes)} (terms {fingerprint(now)[:12]})" if changes else "0 changes"


def _message(before: CertifiedTerms | None, changes: Sequence[str]) -> str:
    if before is None:
        return "not required: no release to compare with"
    if not changes:
        return ""
    what = f"{GATE_CHANGED} gate: softer than when {before.release_id} was certified, on {len(before.terms):,} checks"
    return f"{what}, observed {_listed(changes)}, threshold 0 changes"


def _listed(changes: Sequence[str]) -> str:
    more = f" and {len(changes) - _NAMED} more" if len(changes) > _NAMED else ""
    return "; ".join(changes[:_NAMED]) + more
