"""one_on_one_brief: what a manager takes into a meeting, line by line, and which lines there is room for.

Every line is made once more from the finished tables and the records. What became of single cases stands in
brief_cases.py, how a line is said in brief_words.py, what a session was about in coaching.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from tests.recomputation.brief_cases import Cases
from tests.recomputation.brief_words import Line, sentence
from tests.recomputation.candidates import LEAST_ABOVE, Candidates
from tests.recomputation.coaching import sessions_of
from tests.recomputation.crm import Crm
from tests.recomputation.definitions import RANKED, texts
from tests.recomputation.people import full_name
from tests.recomputation.ratios import Row, ratio
from tests.recomputation.sdr import Sdr
from tests.recomputation.targets import HEADLINE

# The sections in their order, and how many lines each may have.
MOST = 12
ROOM = {
    **{"topic": 1, "weakness": 3, "change": 1, "coach": 1},
    **{"target": 2, "strength": 2, "cadence": 1, "last_session": 2},
}
CADENCE_DAYS, LEAST_DAYS_OF_MONTH = 90, 10
FOCUSES = {"keep_smaller_clients": "tail_logo_retention", "retention": "grr"}
WEIGHT = {(role, one.metric): one.weight for role, metrics in RANKED.items() for one in metrics}
COUNTER = {(text.role, text.metric): text.counter_metric for text in texts()}
Effects = Mapping[tuple[str, str], tuple[float, float, float]]  # (coach, metric) -> effect, low, high


class Brief:
    """The briefs of everybody who is there on the as-of date."""

    def __init__(
        self, crm: Crm, sdrs: Sdr, tables: Mapping[str, Mapping[Any, Row]], proposals: Candidates, effects: Effects
    ) -> None:
        self.crm, self.tables, self.proposals, self.effects = crm, tables, proposals, effects
        self.quarter: Row = {"period_type": "quarter", "period_start": proposals.latest}
        self.roles: dict[str, list[str]] = defaultdict(list)
        for role in sorted(RANKED):
            for user in sorted(user for user, held in crm.roles.days if held == role):
                if crm.roles.held(user, role, crm.as_of) and user not in crm.gone:
                    self.roles[user].append(role)
        self.cases = Cases(crm, sdrs, tables, proposals)

    def rows(self) -> list[Row]:
        """One row per person and position."""
        return [row for user in self.roles for row in self._rows(user)]

    def _rows(self, user: str) -> list[Row]:
        told: dict[str, list[Line]] = {section: [] for section in ROOM}
        for line in self._lines(user):
            told[line.section].append(line)
        kept = []
        for section, lines in told.items():
            first = sorted(lines, key=_order)[: ROOM[section]]
            kept += [line for n, line in enumerate(first) if n == 0 or not line.is_filler]
        return [self._row(user, position, line) for position, line in enumerate(kept[:MOST], 1)]

    def _row(self, user: str, position: int, line: Line) -> Row:
        today = self.crm.roles.days[user, line.role][self.crm.as_of]
        return {
            "user_id": user,
            "full_name": full_name(user, self.crm.names),
            "role": line.role,
            "team": today.team,
            "manager_id": today.manager_id,
            "position": position,
            "section": line.section,
            "metric": line.metric,
            "text": sentence(line, self.crm.names, self.crm.config.report.language),
            **{name: getattr(line, name) for name in ("period_type", "period_start", "value", "low", "high")},
            **{name: getattr(line, name) for name in ("peer_value", "since_on", "person_id", "notes_url")},
        }

    def _lines(self, user: str) -> Iterator[Line]:
        roles = self.roles[user]
        for role in roles:
            yield from self._standings(user, role)
            yield from self.cases.lines(user, role)
            yield from self._targets(user, role)
        yield from self._cadence(user, roles[0])
        yield from self._last_session(user, roles[0])
        yield from self._topic(user, roles)

    # Strengths and weaknesses

    def _now(self, role: str, metric: str, user: str) -> Row:
        """How somebody stood in the latest complete quarter; empty if they did not."""
        return self.proposals.by_quarter.get((role, metric, user), {}).get(self.proposals.latest, {})

    def _quarters(self, role: str, metric: str, user: str, tier: str) -> int:
        rows = self.proposals.by_quarter.get((role, metric, user), {}).values()
        return sum(row["tier"] == tier for row in rows)

    def _standings(self, user: str, role: str) -> Iterator[Line]:
        found = {one.metric: self._now(role, one.metric, user) for one in RANKED[role]}
        found = {metric: row for metric, row in found.items() if row}
        for section, tier in (("weakness", "clearly_below"), ("strength", "clearly_above")):
            chosen = [metric for metric, row in found.items() if row["tier"] == tier]
            chosen.sort(key=lambda metric: (-WEIGHT[role, metric], -_distance(found[metric]), metric))
            side = tier.removeprefix("clearly_")
            for n, metric in enumerate(chosen, 1):
                yield self._standing(user, role, metric, section, f"standing_{side}", 10 * n)
            if found and not chosen:
                yield Line(role, section, f"none_{side}", 1, **self.quarter, is_filler=True)
        if not found:
            yield Line(role, "weakness", "no_quarter", 1, **self.quarter, is_filler=True)

    def _standing(self, user: str, role: str, metric: str, section: str, phrase: str, place: int) -> Line:
        row = self._now(role, metric, user)
        return Line(
            *(role, section, phrase, place, metric),
            **self._figures(role, metric, user),
            label_of=(role, metric),
            part=row["numerator"],
            whole=row["denominator"],
            number=self._quarters(role, metric, user, row["tier"]),
        )

    def _figures(self, role: str, metric: str, user: str) -> Row:
        row = self._now(role, metric, user)
        return {
            **self.quarter,
            **{name: row.get(name) for name in ("value", "low", "high")},
            "peer_value": row.get("role_mean"),
        }

    # Targets

    def _targets(self, user: str, role: str) -> Iterator[Line]:
        if "targets" not in self.crm.delivered:
            yield Line(role, "target", "targets_missing", 1)
            return
        months = [period for period in self.crm.periods if period.type == "month"]
        closed = [month for month in months if month.is_complete][-1:]
        open_ones = [m for m in months if not m.is_complete and (m.cut - m.start).days >= LEAST_DAYS_OF_MONTH]
        metric = HEADLINE[role]
        for month in closed + open_ones:
            row = self.tables["target_attainment"].get((month.start, user, metric), {})
            if not row and not month.is_complete:
                continue
            yield Line(
                *(role, "target", _target_phrase(row, month.is_complete), 1 if month.is_complete else 2, metric),
                label_of=(role, metric),
                period_type="month",
                period_start=month.start,
                value=row.get("attainment" if month.is_complete else "run_rate_attainment"),
                part=row.get("actual"),
                whole=row.get("target_prorated"),
                shown_as="percent",
            )

    # Meetings

    def _sessions(self, user: str) -> list[SimpleNamespace]:
        """Those in which somebody was coached, the last first."""
        own = [s for s in self.crm.sessions if s.coachee_id == user]
        return sorted(own, key=lambda s: (-s.held_on.toordinal(), s.session_id))

    def _cadence(self, user: str, role: str) -> Iterator[Line]:
        if "coaching_sessions" not in self.crm.delivered:
            yield Line(role, "cadence", "sessions_missing", 1)
            return
        held = [s for s in self._sessions(user) if s.kind == "one_on_one"]
        if not held:
            yield Line(role, "cadence", "cadence_never", 1)
            return
        yield Line(
            *(role, "cadence", "cadence", 1),
            value=float((self.crm.as_of - held[0].held_on).days),
            number=sum(s.held_on > self.crm.as_of - timedelta(days=CADENCE_DAYS) for s in held),
            since_on=held[0].held_on,
            person_id=held[0].coach_id,
            shown_as="number",
        )

    def _last_session(self, user: str, role: str) -> Iterator[Line]:
        for place, session in enumerate(self._sessions(user)[:2], 1):
            # Of roles that the topic does not tell apart the first by name.
            about = min(((s.role, s.metric) for s in sessions_of(self.crm, session)), default=None)
            phrase = "last_session" if about else "last_session_without_topic"
            yield Line(
                *(role, "last_session", phrase, place),
                metric=about[1] if about else None,
                label_of=about,
                value=None if session.minutes is None else float(session.minutes),
                shown_as="number",
                since_on=session.held_on,
                person_id=session.coach_id,
                words=session.kind or "session",
                notes_url=session.notes_url,
            )

    # What to talk about, and who could help

    def _topic(self, user: str, roles: list[str]) -> Iterator[Line]:
        """One line, and a coach's where it is a need."""
        found = [topic for role in roles for topic in self._suggested(user, role)]
        if not found:
            yield Line(roles[0], "topic", "topic_none", 2, is_filler=True)
            return
        *_, role, metric, phrase, words = min(found, key=lambda topic: topic[:-1])
        yield Line(
            *(role, "topic", phrase, 1, metric),
            **self._figures(role, metric, user),
            label_of=(role, metric),
            words=words,
        )
        if phrase in ("topic_metric", "topic_reason"):
            yield self._coach(user, role, metric)

    def _suggested(self, user: str, role: str) -> Iterator[tuple[int, float, bool, str, str, str, str | None]]:
        """(kind, −weight, seen in no record, role, metric, phrase, words): the smallest is the topic."""
        tiers = {one.metric: self._now(role, one.metric, user).get("tier") for one in RANKED[role]}
        habit = self.proposals.habits.get(user) if role == "SDR" else None
        for metric, tier in tiers.items():
            if habit and metric == "acceptance_rate":
                yield 1, -WEIGHT[role, metric], False, role, metric, "topic_reason", habit[0]
            elif tier == "clearly_below":
                yield 1, -WEIGHT[role, metric], True, role, metric, "topic_metric", None
            elif tier == "clearly_above":
                yield 3, -WEIGHT[role, metric], True, role, metric, "topic_teach", None
        book = self.tables["am_ranking"].get(("quarter", self.proposals.latest, user), {}) if role == "AM" else {}
        if focus := book.get("coaching_focus"):
            yield 2, 0.0, True, role, FOCUSES.get(focus, "upsell_rate"), f"focus_{focus}", None

    def _coach(self, user: str, role: str, metric: str) -> Line:
        """The first candidate for the need who is not clearly behind in what balances the strength."""
        asked = (user, role, metric)
        fits = [
            row
            for row in self.tables["coach_candidates"].values()
            if (row["coachee_id"], row["coachee_role"], row["coachee_metric"]) == asked and not self._is_one_sided(row)
        ]
        if not fits:
            return Line(role, "coach", "coach_none", 1, metric, **self.quarter, label_of=(role, metric))
        best = min(fits, key=lambda row: row["priority"])
        assert best["quarters_above"] >= LEAST_ABOVE
        effect, low, high = self.effects.get((best["user_id"], metric), (None, None, None))
        phrase = "coach" if effect is None else "coach_with_effect"
        return Line(
            *(role, "coach", "coach_without_figures" if best["coach_shrunk"] is None else phrase, 1, metric),
            **self.quarter,
            label_of=(best["role"], best["metric"]),
            value=best["coach_shrunk"],
            peer_value=best["coach_role_mean"],
            difference=effect,
            low=low,
            high=high,
            whole=best["past_episodes"],
            number=best["quarters_above"],
            person_id=best["user_id"],
        )

    def _is_one_sided(self, coach: Row) -> bool:
        counter = COUNTER[coach["role"], coach["metric"]]
        return self._now(coach["role"], counter, coach["user_id"]).get("tier") == "clearly_below"


def _target_phrase(row: Row, is_complete: bool) -> str:
    if not row:
        return "target_none"
    if row["actual"] is None:
        return "target_unknown"
    if not row["target_prorated"]:
        return "target_zero"
    return "target_done" if is_complete else "target_open"


def _distance(row: Row) -> float:
    """From the mean of the role in standard deviations; who has none comes last."""
    distance = ratio(abs(row["shrunk"] - row["role_mean"]), row["sd"])
    return -1.0 if distance is None else distance


def _order(line: Line) -> tuple[bool, int, str, str, str, date]:
    return (
        *(line.is_filler, line.place, line.role, line.phrase),
        line.metric or "",
        line.period_start or date.min,
    )
