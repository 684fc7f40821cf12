"""People's decisions about a held build: what they hold for, once, and for how long.

`override` is for an anomaly that a person knows to be right, `ack` for a declared change; which checks are of which
class is said in data_checks/check.py. Both stand in the ledger and nowhere else. Asking for one is deciding.py's part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from data_checks.terms import RATE_CHECK
from data_checks.verdict import CheckResult, Decision
from pipelines.errors import PodiumError
from pipelines.release import ledger
from pipelines.settings import Settings

if TYPE_CHECKING:  # The gate imports pandas; only its type is needed.
    from data_checks.gate import Audit

KINDS = ("override", "ack")
RATE_DAYS = 30
# More overrides of one check within RATE_DAYS than this, and the check is wrong or the data are.
RATE_HIGH = 2


def now() -> datetime:
    """UTC with its zone, as decisions expire by it."""
    return datetime.now(UTC)


def recorded(row: ledger.Row) -> Decision:
    """The decision of a row of kind override or ack."""
    names = {field.name for field in fields(Decision)} - {"reason", "expires_at"}
    return Decision(
        **{name: row[name] for name in names},
        reason=row["reasons"][0],
        expires_at=datetime.fromisoformat(row["expires_at"]),
    )


def spent(rows: Sequence[ledger.Row]) -> frozenset[str]:
    """Ids of decisions that a release was published by."""
    return frozenset(used for row in rows if row["kind"] in ledger.PLACED_KINDS for used in row["decisions"])


def standing(rows: Sequence[ledger.Row], at: datetime) -> list[Decision]:
    """The decisions that neither expired by `at` nor were used, oldest first."""
    used = spent(rows)
    granted = [recorded(row) for row in rows if row["kind"] in KINDS]
    return [decision for decision in granted if decision.decision_id not in used and at < decision.expires_at]


def decided(settings: Settings, audit: Audit, content_sha256: str, as_of: date) -> Audit:
    """The audit of a build of this content with people's standing decisions applied to what blocks.

    An overridden check becomes `block_overridden`, an acknowledged one `warn`; one more result says whether some check
    is overridden too often.
    """
    rows = ledger.read(settings)
    usable = [decision for decision in standing(rows, now()) if decision.content_sha256 == content_sha256]
    found = {result.check_id: _covering(usable, result) for result in audit.results}
    applied = [decision for decision in found.values() if decision]
    results = [_marked(result, found[result.check_id]) for result in audit.results]
    rate = _rate_result(_used_overrides(rows, as_of) + [d for d in applied if d.kind == "override"])
    return replace(audit, results=(*results, rate), content_sha256=content_sha256, decisions=tuple(applied))


def demand_standing(settings: Settings, facts: Mapping[str, Any]) -> None:
    """Raise PodiumError unless the ledger holds, unspent, every decision that a certificate names."""
    named = [*facts["overrides"], *facts["acknowledgements"]]
    granted = {decision.decision_id: decision for decision in standing(ledger.read(settings), now())} if named else {}
    for one in named:
        decision = granted.get(one["decision_id"])
        if decision is None or certified(decision) != one or decision.content_sha256 != facts["content_sha256"]:
            what = f"the decision {one['decision_id']} on {one['check_id']} does not stand for this content"
            raise PodiumError("E-DECISION", facts["release_id"], what, do="run again, and decide again if need be")


def certified(decision: Decision) -> dict[str, Any]:
    """A decision as certificate and release_info keep it."""
    return asdict(decision) | {"expires_at": decision.expires_at.isoformat()}


def of_kind(audit: Audit, kind: str) -> list[dict[str, Any]]:
    """The decisions of one kind that this build goes out by, as `certified` writes them."""
    return [certified(decision) for decision in audit.decisions if decision.kind == kind]


def in_words(facts: Mapping[str, Any]) -> list[str]:
    """What a release was published in spite of and by whom, one line per decision; empty for most releases."""
    words = {"override": "Published in spite of", "ack": "Declared as meant:"}
    named = [*facts["overrides"], *facts["acknowledgements"]]
    return [f"{words[d['kind']]} {d['check_id']}, {d['decision_id']} of {d['by']}: {d['reason']}" for d in named]


def is_no_worse(then: Decision, result: CheckResult) -> bool:
    """Whether what is observed now lies on the same side of the limit as then and not farther from it.

    Without numbers it must be the very same words.
    """
    value, limit = result.observed_value, then.threshold_value
    if value is None or then.observed_value is None or limit is None:
        return result.observed == then.observed
    if then.observed_value > limit:
        return limit < value <= then.observed_value
    return then.observed_value <= value < limit


def _covering(usable: Sequence[Decision], result: CheckResult) -> Decision | None:
    """The first decision that lets a blocking check through; a check that was not judged has none."""
    if result.verdict != "block":
        return None
    fit = (d for d in usable if d.check_id == result.check_id and d.kind == result.decision and is_no_worse(d, result))
    return next(fit, None)


def _marked(result: CheckResult, decision: Decision | None) -> CheckResult:
    if decision is None:
        return result
    by = f"by {decision.by} ({decision.decision_id}): {decision.reason}"
    if decision.kind == "override":
        return replace(result, verdict="block_overridden", message=f"{result.message}; overridden {by}")
    return replace(result, verdict="warn", message=f"{result.message}; acknowledged {by}")


def _used_overrides(rows: Sequence[ledger.Row], as_of: date) -> list[Decision]:
    """The overrides that releases of the RATE_DAYS days before `as_of` were published by."""
    first = as_of - timedelta(days=RATE_DAYS)
    placed = [r for r in rows if r["kind"] in ledger.PLACED_KINDS and first < date.fromisoformat(r["as_of"]) <= as_of]
    used = spent(placed)
    return [recorded(row) for row in rows if row["kind"] == "override" and row["decision_id"] in used]


def _rate_result(overrides: Sequence[Decision]) -> CheckResult:
    """The check that no check is overridden as a habit."""
    counts = Counter(decision.check_id for decision in overrides)
    often = {check_id: times for check_id, times in sorted(counts.items()) if times > RATE_HIGH}
    named = ", ".join(f"{check_id} {times} times" for check_id, times in often.items())
    most = max(counts.values(), default=0)
    message = f"W-OVERRIDE-RATE gate: retune or fix, in {RATE_DAYS} days overridden: {named}" if often else ""
    return CheckResult(
        check_id=RATE_CHECK,
        stage="G5",
        severity="warning",
        is_required=bool(overrides),
        table_name="",
        column_name="",
        description=f"overrides of one check in {RATE_DAYS} days (a check that is overridden as a habit stops nothing)",
        rows_examined=len(overrides),
        observed=f"{most} overrides",
        threshold=f"at most {RATE_HIGH} overrides",
        observed_value=float(most),
        threshold_value=float(RATE_HIGH),
        verdict="warn" if often else "pass",
        message=message or ("" if overrides else f"not required: no override in {RATE_DAYS} days"),
    )
