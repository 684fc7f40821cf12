"""Coaching sessions and the days around them: what they were about, whose first they were, what happened on which day.

How changes become an effect is said in effects.py.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from types import SimpleNamespace

from tests.recomputation.crm import Crm
from tests.recomputation.definitions import PRIMARY, seed, texts
from tests.recomputation.periods import days_of_month
from tests.recomputation.sdr import Sdr

DAYS = timedelta(days=60)
DAY = timedelta(days=1)
ROLES = ("SDR", "AE", "AM")
NEEDS = {
    ("SDR", "acceptance_rate"): {"handoffs"},
    ("SDR", "qualified_lead_rate"): {"handoffs", "leads"},
    ("SDR", "qualification_efficiency"): {"activities", "leads"},
    ("SDR", "lead_velocity"): {"handoffs"},
    ("AE", "reason_rate"): {"handoffs"},
    ("AE", "close_rate_decided"): {"opportunities"},
}
RATES = ("qualification_efficiency", "lead_velocity")
Event = tuple[str | None, date, int | Fraction, int | Fraction]  # user, day, numerator, denominator
Events = dict[str | None, dict[date, tuple[Fraction, Fraction]]]


@dataclass(frozen=True)
class Session:
    """One session about one metric of one role of the person coached."""

    id: str
    coach: str
    coach_role: str
    coachee: str
    role: str
    metric: str
    day: date
    minutes: int | None


def sessions(crm: Crm) -> list[Session]:
    """Sessions with somebody in a role; two for a person in two roles between which the topic does not decide."""
    return [session for row in crm.sessions for session in sessions_of(crm, row)]


def sessions_of(crm: Crm, row: SimpleNamespace) -> list[Session]:
    """What one session was about, by role of the person coached."""
    coach_role = _latest_role(crm, row.coach_id, row.held_on)
    roles = [role for role in ROLES if crm.roles.held(row.coachee_id, role, row.held_on)]
    told = {role: metric for role in roles if (metric := _told(row.topic, role, coach_role))}
    metrics = told or {role: PRIMARY[role] for role in roles}
    return [
        Session(row.session_id, row.coach_id, coach_role, row.coachee_id, role, metric, row.held_on, row.minutes)
        for role, metric in metrics.items()
    ]


def _told(topic: str | None, role: str, coach_role: str) -> str | None:
    """The metric that a topic names, or that the coach's metric stands for."""
    if any((text.role, text.metric) == (role, topic) for text in texts()):
        return topic
    meant = (row for row in seed("coaching_topics") if (row["coach_role"], row["coachee_role"]) == (coach_role, role))
    return next((row["coachee_metric"] for row in meant if row["metric"] == topic), None)


def _latest_role(crm: Crm, user: str, day: date) -> str:
    """The role begun last of those held on the day; the first by name of several."""
    starts = {}
    for (who, role), days in crm.roles.days.items():
        if who == user and day in days:
            start = day
            while start - DAY in days:
                start -= DAY
            starts[role] = start
    return min(starts, key=lambda role: (-starts[role].toordinal(), role), default="(none)")


def first_sessions(held: list[Session], as_of: date) -> list[Session]:
    """Of a person on a metric with none in the 60 days before, 60 days ago or more. Of one day the smallest id."""
    own: dict[tuple[str, str, str], list[Session]] = defaultdict(list)
    for session in sorted(held, key=lambda s: (s.day, s.id)):
        own[session.role, session.metric, session.coachee].append(session)
    first = [
        session
        for told in own.values()
        for before, session in zip([None, *told], told, strict=False)
        if before is None or session.day - before.day > DAYS
    ]
    return [session for session in first if session.day + DAYS <= as_of]


def events(crm: Crm, sdrs: Sdr, metric: str) -> Events:
    """What a dated metric is made of, by person and company day."""
    found: Events = defaultdict(dict)
    for user, day, numerator, denominator in _EVENTS[metric](crm, sdrs):
        before = found[user].get(day, (Fraction(0), Fraction(0)))
        found[user][day] = (before[0] + numerator, before[1] + denominator)
    return found


def _acceptance(crm: Crm, sdrs: Sdr) -> list[Event]:
    outcomes = [(h, sdrs.outcome(h)) for h in sdrs.first_handoffs]
    return [(h.sdr_id, h.sent_on, outcome == "accepted", outcome != "pending") for h, outcome in outcomes]


def _qualified(crm: Crm, sdrs: Sdr) -> list[Event]:
    return [(h.sdr_id, h.sent_on, sdrs.is_strictly_qualified(h.lead_id), 1) for h in sdrs.first_handoffs]


def _efficiency(crm: Crm, sdrs: Sdr) -> list[Event]:
    qualified = [(lead.sdr_id, lead.qualified_on, 1, 0) for lead in crm.leads.values() if lead.qualified_on]
    calls = [a for a in sdrs.touches if a.kind == "call" and crm.roles.held(a.user_id, "SDR", a.occurred_on)]
    return qualified + [(a.user_id, a.occurred_on, 0, 1) for a in calls]


def _velocity(crm: Crm, sdrs: Sdr) -> list[Event]:
    days = [(user, day) for (user, role), held in crm.roles.days.items() if role == "SDR" for day in held]
    parts = [(user, day, 0, Fraction(1, days_of_month(day.replace(day=1)))) for user, day in days]
    return parts + [(h.sdr_id, h.sent_on, 1, 0) for h in sdrs.first_handoffs]


def _reasons(crm: Crm, sdrs: Sdr) -> list[Event]:
    return [(h.ae_id, h.sent_on, bool(h.reject_reason), 1) for h in crm.handoffs if h.decision == "rejected"]


def _closes(crm: Crm, sdrs: Sdr) -> list[Event]:
    return [(deal.owner_at_close, deal.close_on, deal.is_won, 1) for deal in crm.deals if deal.close_on]


_EVENTS = {
    "acceptance_rate": _acceptance,
    "qualified_lead_rate": _qualified,
    "qualification_efficiency": _efficiency,
    "lead_velocity": _velocity,
    "reason_rate": _reasons,
    "close_rate_decided": _closes,
}
