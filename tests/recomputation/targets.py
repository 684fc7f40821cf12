"""What people were asked for and what came of it: group T of the rankings, and target_attainment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from tests.recomputation.crm import Crm
from tests.recomputation.definitions import seed, texts
from tests.recomputation.periods import Period, add_months, days_of_month
from tests.recomputation.ratios import Row, ratio

HEADLINE = {"SDR": "leads_sent", "AE": "won_amount", "AM": "upsell_rate"}
NUMBERS = [text for text in texts() if text.unit != "category"]  # a category cannot be a target
IS_ADDITIVE = {(text.role, text.metric): text.is_additive for text in NUMBERS}

LABELS = {(text.role, text.metric): text.label for text in NUMBERS}

Ramp = Mapping[tuple[str, int], float]  # (role, calendar months since the month of the first day) -> factor


def ramp_of_seed() -> Ramp:
    """What newcomers are asked for, as configured."""
    return {(row["role"], int(row["months_since_start"])): float(row["factor"]) for row in seed("ramp")}


@dataclass(frozen=True)
class Values:
    """What people reached, from the finished rankings."""

    rows: Mapping[str, Mapping[tuple[Any, ...], Row]]  # role -> (period type, start, person) -> row
    needs: Mapping[str, Mapping[str, tuple[str, ...]]]  # role -> metric -> entities
    delivered: set[str]

    def of(self, role: str | None, month: date, user: str, metric: str) -> tuple[float | None, str | None]:
        """(value, why there is none): zero for a count of somebody without a row."""
        if role is None:
            return None, "unknown_metric"
        if set(self.needs[role].get(metric, ())) - self.delivered:
            return None, "entity_missing"
        row = self.rows[role].get(("month", month, user))
        value = row[metric] if row else 0.0 if IS_ADDITIVE[role, metric] else None
        return (None if value is None else float(value)), None


class Targets:
    """Targets of one CRM."""

    def __init__(self, crm: Crm, ramp: Ramp | None = None) -> None:
        self.crm = crm
        self.ramp = ramp_of_seed() if ramp is None else ramp
        self.by_person: dict[tuple[str, str], list[SimpleNamespace]] = defaultdict(list)
        for target in crm.targets:
            self.by_person[target.user_id, target.metric].append(target)

    def columns(self, row: Row, role: str, key: str, period: Period) -> Row:
        """Group T of one row of a ranking."""
        metric = HEADLINE[role]
        target = self._to_cut(row[key], role, metric, period)
        actual = None if row[metric] is None else float(row[metric])
        return {
            "target_metric": metric,
            "target": target,
            "target_actual": actual,
            "attainment": ratio(actual, target),
        }

    def _to_cut(self, user: str, role: str, metric: str, period: Period) -> float | None:
        """What was asked for up to the period's cut; None if nothing was."""
        months = [t for t in self.by_person.get((user, metric), []) if period.start <= t.month < period.cut]
        if not months:
            return None
        days = [self._days(user, role, t.month, min(add_months(t.month, 1), period.cut)) for t in months]
        if not IS_ADDITIVE[role, metric]:
            return ratio(sum(t.target * n for t, n in zip(months, days, strict=True)), sum(days))
        return float(
            sum(
                t.target * n / days_of_month(t.month) * self.ramp_factor(user, role, t.month)
                for t, n in zip(months, days, strict=True)
            )
        )

    def attainment(self, values: Values) -> list[Row]:
        """target_attainment: every target of a month that has begun."""
        begun = [t for targets in self.by_person.values() for t in targets if t.month <= self.crm.as_of]
        return [self._attainment_row(target, values) for target in begun]

    def _attainment_row(self, target: SimpleNamespace, values: Values) -> Row:
        user, month, end = target.user_id, target.month, add_months(target.month, 1)
        period = Period("month", month, end, min(end, self.crm.as_of + timedelta(days=1)))
        role = self._role(target)
        days, days_to_cut = (self._days(user, role or "", month, until) for until in (end, period.cut))
        is_additive = role is not None and IS_ADDITIVE[role, target.metric]
        factor = self.ramp_factor(user, role or "", month)
        prorated = target.target * days / days_of_month(month) * factor if is_additive else target.target
        actual, reason = values.of(role, month, user, target.metric)
        expected = actual
        if is_additive and not period.is_complete:
            expected = None if actual is None or not days_to_cut else actual * days / days_to_cut
        return {
            "month": month,
            "is_complete": period.is_complete,
            **self.crm.roles.columns("user_id", user, role or "", period, self.crm.names),
            "days_in_role": days,
            "metric": target.metric,
            "role": role,
            "label": LABELS.get((role or "", target.metric)),
            "target": target.target,
            "is_additive": is_additive,
            "days_in_month": days_of_month(month),
            "ramp_factor": factor,
            "target_prorated": prorated,
            "actual": actual,
            "attainment": ratio(actual, prorated),
            "run_rate": expected,
            "run_rate_attainment": ratio(expected, prorated),
            "not_available_reason": reason,
        }

    def _role(self, target: SimpleNamespace) -> str | None:
        """The role whose metric it is; of several the one with most days in the month, then the first of HEADLINE."""
        roles = [role for role in HEADLINE if (role, target.metric) in IS_ADDITIVE]
        end = add_months(target.month, 1)
        return max(roles, key=lambda role: self._days(target.user_id, role, target.month, end), default=None)

    def _days(self, user: str, role: str, start: date, end: date) -> int:
        return sum(self.crm.roles.is_planned(user, role, start + timedelta(n)) for n in range((end - start).days))

    def ramp_factor(self, user: str, role: str, month: date) -> float:
        """1 for who is no newcomer, and for months of which the ramp says nothing."""
        first = self.crm.roles.first_day(user, role)
        if first is None:
            return 1.0
        months = (month.year - first.year) * 12 + month.month - first.month
        return self.ramp.get((role, months), 1.0)
