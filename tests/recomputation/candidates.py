"""coach_candidates: who was strong for a year, and which colleague could use it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from tests.recomputation.crm import Crm
from tests.recomputation.definitions import RANKED, seed, texts
from tests.recomputation.people import full_name
from tests.recomputation.ratios import Row
from tests.recomputation.reasons import NO_REASON

QUARTERS, LEAST_ABOVE = 4, 3
LEAST_REJECTS, LEAST_SHARE, LEAST_LIFT = 5, 0.5, 1.5
TOGETHER_DAYS = 180
Who = tuple[str, str, str]  # role, metric, user


class Candidates:
    """Proposals made of the long form's quarters, the rejects and who is there."""

    def __init__(
        self,
        crm: Crm,
        figures: Iterable[Row],
        rejects: Iterable[Row],
        effects: Mapping[tuple[str, str], tuple[float | None, int]],
    ) -> None:
        self.crm, self.effects = crm, effects
        quarters = [p for p in crm.periods if p.type == "quarter" and p.is_complete][-QUARTERS:]
        starts = [quarter.start for quarter in quarters]
        self.latest = starts[-1] if starts else None
        self.by_quarter: dict[Who, dict[date | None, Row]] = defaultdict(dict)
        ranked = {(role, one.metric) for role, metrics in RANKED.items() for one in metrics}
        for row in figures:
            is_asked = row["period_type"] == "quarter" and row["period_start"] in starts and row["tier"] is not None
            if is_asked and (row["role"], row["metric"]) in ranked:
                self.by_quarter[row["role"], row["metric"], row["user_id"]][row["period_start"]] = row
        self.habits = _habits(rejects, self.latest)

    def rows(self) -> list[Row]:
        """One row per coach, strength, colleague and need."""
        found = [
            self._row(coach, coachee)
            for coach in filter(self._is_strong, self.by_quarter)
            for coachee in sorted(self._needing())
            if self._fits(coach, coachee)
        ]
        return [self._numbered(row, found) for row in found]

    def _is_strong(self, who: Who) -> bool:
        return self._above(who) >= LEAST_ABOVE and self._is_here(who[2], who[0])

    def _above(self, who: Who) -> int:
        return sum(row["tier"] == "clearly_above" for row in self.by_quarter[who].values())

    def _is_here(self, user: str, role: str) -> bool:
        return self.crm.roles.held(user, role, self.crm.as_of) and user not in self.crm.gone

    def _now(self, who: Who) -> Row:
        return self.by_quarter.get(who, {}).get(self.latest, {})

    def _needing(self) -> set[Who]:
        weak = {who for who in self.by_quarter if self._now(who).get("tier") == "clearly_below"}
        careless = {("SDR", "acceptance_rate", user) for user in self.habits}
        return {who for who in weak | careless if self._is_here(who[2], who[0])}

    def _fits(self, coach: Who, coachee: Who) -> bool:
        if coach[2] == coachee[2] or coach[2] in self._managers(coachee[2]):
            return False
        if coach[0] == coachee[0]:
            return coach[1] == coachee[1]
        topic = (*coach[:2], *coachee[:2])
        names = ("coach_role", "metric", "coachee_role", "coachee_metric")
        return topic in {tuple(row[name] for name in names) for row in seed("coaching_topics")}

    def _managers(self, user: str) -> set[str]:
        today = [days.get(self.crm.as_of) for (who, _), days in self.crm.roles.days.items() if who == user]
        return {assignment.manager_id for assignment in today if assignment}

    def _row(self, coach: Who, coachee: Who) -> Row:
        best, need = self._now(coach), self._now(coachee)
        is_weak = need.get("tier") == "clearly_below"
        reason, lift = self.habits.get(coachee[2], (None, None)) if coachee[1] == "acceptance_rate" else (None, None)
        effect, episodes = self.effects.get((coach[2], coachee[1]), (None, None))
        return {
            **self._person("", coach),
            "metric": coach[1],
            **self._person("coachee_", coachee),
            "coachee_metric": coachee[1],
            "match_kind": "peer" if coach[0] == coachee[0] else f"{coach[0]}_to_{coachee[0]}".lower(),
            "basis": "both" if is_weak and reason else "metric" if is_weak else "reject_reason",
            "reject_reason": reason,
            "reject_lift": lift,
            "quarter_start": self.latest,
            "quarters_above": self._above(coach),
            # No ranked metric is better when lower.
            "coach_shrunk": best.get("shrunk"),
            "coach_low": best.get("low"),
            "coach_role_mean": best.get("role_mean"),
            "coachee_shrunk": need.get("shrunk"),
            "coachee_high": need.get("high"),
            "coachee_role_mean": need.get("role_mean"),
            "gap": need["role_mean"] - need["shrunk"] if need else None,
            "past_effect": effect,
            "past_episodes": episodes,
            "sessions_together": self._together(coach[2], coachee[2]),
        }

    def _person(self, prefix: str, who: Who) -> Row:
        role, _, user = who
        team = self.crm.roles.days[user, role][self.crm.as_of].team
        name = "coachee_name" if prefix else "full_name"
        key = "coachee_id" if prefix else "user_id"
        return {
            key: user,
            name: full_name(user, self.crm.names),
            f"{prefix}role": role,
            f"{prefix}team": team,
        }

    def _together(self, coach: str, coachee: str) -> int:
        since = self.crm.as_of - timedelta(days=TOGETHER_DAYS)
        pairs = [(s.coach_id, s.coachee_id) for s in self.crm.sessions if s.held_on > since]
        return pairs.count((coach, coachee))

    def _numbered(self, row: Row, rows: list[Row]) -> Row:
        rivals = [
            r for r in rows if (r["coachee_id"], r["coachee_metric"]) == (row["coachee_id"], row["coachee_metric"])
        ]
        return row | {"priority": sorted(rivals, key=self._order).index(row) + 1}

    def _order(self, row: Row) -> tuple[bool, float, int, float, str, str]:
        who = (row["role"], row["metric"], row["user_id"])
        now = self._now(who)
        distance = abs(now["shrunk"] - now["role_mean"]) / now["sd"] if now.get("sd") else 0.0
        counter = next(t.counter_metric for t in texts() if (t.role, t.metric) == who[:2])
        is_one_sided = self._now((row["role"], counter, row["user_id"])).get("tier") == "clearly_below"
        return (is_one_sided, -(row["past_effect"] or 0.0), -row["quarters_above"], -distance, *who[:0:-1])


def _habits(rejects: Iterable[Row], quarter: date | None) -> dict[str, tuple[str, float]]:
    """Per SDR the reason on which the rejects of the quarter concentrate, and its lift."""
    found: dict[str, set[tuple[float, str]]] = defaultdict(set)
    for row in rejects:
        if (row["period_type"], row["period_start"]) == ("quarter", quarter) and row["reason"] != NO_REASON:
            counts = row["sdr_reason_rejections"] >= LEAST_REJECTS
            if counts and row["sdr_share"] >= LEAST_SHARE and row["sdr_lift"] >= LEAST_LIFT:
                found[row["sdr_id"]].add((-row["sdr_lift"], row["reason"]))
    return {sdr: (min(reasons)[1], -min(reasons)[0]) for sdr, reasons in found.items()}
