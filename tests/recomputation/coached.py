"""What a coaching session was about: the metric that its topic stands for, of the role in which one was coached."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

from tests.recomputation.crm import Crm
from tests.recomputation.definitions import PRIMARY, seed, texts

KNOWN = {(text.role, text.metric) for text in texts()}


def subject(crm: Crm, session: SimpleNamespace) -> tuple[str, str] | None:
    """(role of the coachee, metric); of roles that the topic does not tell apart the first by name, of none None."""
    coach_role = _role_begun_last(crm, session.coach_id, session.held_on)
    roles = [role for role in sorted(PRIMARY) if crm.roles.held(session.coachee_id, role, session.held_on)]
    told = {role: _meant(session.topic, role, coach_role) for role in roles}
    spoken_of = [(role, metric) for role, metric in told.items() if metric]
    return next(iter(spoken_of or [(role, PRIMARY[role]) for role in roles]), None)


def _meant(topic: str | None, role: str, coach_role: str | None) -> str | None:
    """The metric of the role that a topic names, or that a metric of the coach's role teaches."""
    if topic is None or (role, topic) in KNOWN:
        return topic
    taught = {(r["coach_role"], r["metric"], r["coachee_role"]): r["coachee_metric"] for r in seed("coaching_topics")}
    return taught.get((coach_role or "", topic, role))


def _role_begun_last(crm: Crm, user: str, day: date) -> str | None:
    """Of the roles that somebody held on a day, managers' included, the one of the youngest unbroken stretch."""
    held = [role for who, role in crm.roles.days if who == user and crm.roles.held(user, role, day)]
    return min(held, key=lambda role: (-_begun(crm, user, role, day).toordinal(), role), default=None)


def _begun(crm: Crm, user: str, role: str, day: date) -> date:
    while crm.roles.held(user, role, day - timedelta(days=1)):
        day -= timedelta(days=1)
    return day
