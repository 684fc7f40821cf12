"""Coaching, targets and variable pay.

Belongs here: who sat down with whom, and the yearly promises. One coach's sessions work (`lift` is added to the
coachee's leads), another's only seem to: they follow bad luck. Managers meet everybody about targets, which is no
coaching on the metrics that the two coach.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.demo import stories
from pipelines.demo.clock import DAY, Bools, Calendar, Floats, Ints, is_working, moments, next_month
from pipelines.demo.company import Company
from pipelines.demo.deals import Deals
from pipelines.demo.funnel import Handoffs

KINDS = ("one_on_one", "deal_review", "shadowing", "training")
ONE_ON_ONE, DEAL_REVIEW, SHADOWING, TRAINING = range(4)
TARGET_METRICS = {"SDR": "leads_sent", "AE": "won_amount", "AM": "upsell_rate"}
OTHER_METRICS = {"SDR": "touches", "AE": "median_cycle_days", "AM": "accounts_closing"}
COACHED_METRIC = "acceptance_rate"
TOPICS = (COACHED_METRIC, *TARGET_METRICS.values(), *OTHER_METRICS.values())
NOT_CONSOLED = ("idle_sdr", "two_roles")
LOOK_BACK_DAYS, LEAST_DECIDED = 60, 4


@dataclass(frozen=True)
class Sessions:
    """One entry per session, by day."""

    coach: Ints
    coachee: Ints
    day: Ints
    minutes: Ints
    kind: Ints
    topic: Ints
    recorded: Ints


@dataclass(frozen=True)
class Monthly:
    """Targets (`metric` in their order) or pay: one entry per person, month and metric; known from a moment on."""

    user: Ints
    month: Ints
    metric: Ints
    value: Floats
    selling_days: Floats
    known: Ints


Rows = list[tuple[int, int, int, int, int, int]]  # coach, coachee, day, minutes, kind, topic


def teach(company: Company, calendar: Calendar) -> tuple[Rows, Floats]:
    """The closer's sessions with a few SDRs, and the lift they give: shape (users, days from start)."""
    lift = np.zeros((company.size, calendar.end - calendar.start))
    topic = TOPICS.index(COACHED_METRIC)
    rows: Rows = []
    for turn, coachee in enumerate(_ordinary_sdrs(company, calendar)[: stories.COACHEES]):
        first = calendar.start + 120 + 10 * turn
        for day in calendar.after(np.arange(first, calendar.end - 10, stories.COACHED_EVERY_DAYS), 0):
            again = int(calendar.after(np.array([day + stories.FOLLOW_UP_AFTER_DAYS]), 0)[0])
            meetings = [day for day in (int(day), again) if day < calendar.end]
            rows += [(company.cast["closer_ae"], coachee, day, 60, SHADOWING, topic) for day in meetings]
            begins = int(day) + 1 - calendar.start
            lift[coachee, begins : begins + stories.COACHING_LASTS_DAYS] = stories.COACHING_LIFT
    return rows, lift


def _ordinary_sdrs(company: Company, calendar: Calendar) -> list[int]:
    """SDRs without a part who are there from the first day to the last."""
    cast = set(company.cast.values())
    spells = company.spells_of("SDR")
    return [s.user for s in spells if s.user not in cast and s.start <= calendar.start and s.stop > calendar.end]


def console(company: Company, calendar: Calendar, handoffs: Handoffs, taught: Rows, rng: np.random.Generator) -> Rows:
    """The fed AE's sessions: every fortnight with one of the third whose last weeks went worst. They lift nothing."""
    not_for = {row[1] for row in taught} | {company.cast[name] for name in NOT_CONSOLED}
    able = np.array([s.user for s in company.spells_of("SDR") if s.user not in not_for and s.stop > calendar.end])
    rows: Rows = []
    for first in range(calendar.start + 124, calendar.end, stories.CONSOLED_EVERY_DAYS):
        day = int(calendar.after(np.array([first]), 0)[0])
        recent = (handoffs.decided < day * DAY) & (handoffs.decided >= (day - LOOK_BACK_DAYS) * DAY)
        decided = np.bincount(handoffs.sdr[recent], minlength=company.size)[able]
        accepted = np.bincount(handoffs.sdr[recent & handoffs.accepted], minlength=company.size)[able]
        known = np.flatnonzero(decided >= LEAST_DECIDED)
        if day >= calendar.end or not known.size:
            continue
        worst = known[np.argsort(accepted[known] / decided[known], kind="stable")][: max(1, known.size // 3)]
        coachee = int(able[rng.choice(worst)])
        rows.append((company.cast["fed_ae"], coachee, day, 45, DEAL_REVIEW, TOPICS.index(COACHED_METRIC)))
    return rows


def one_on_ones(company: Company, calendar: Calendar, rng: np.random.Generator) -> Rows:
    """Every manager with every member of the team, every few weeks."""
    rows: Rows = []
    for spell in company.spells_of(*TARGET_METRICS):
        if spell.manager < 0:
            continue
        first = max(spell.start, calendar.start) + int(rng.integers(3, stories.ONE_ON_ONE_EVERY_DAYS))
        days = calendar.after(np.arange(first, min(spell.stop, calendar.end), stories.ONE_ON_ONE_EVERY_DAYS), 0)
        for day in days[(days < spell.stop) & (days < calendar.end)]:
            metric = (TARGET_METRICS if rng.random() < 0.7 else OTHER_METRICS)[spell.role]
            rows.append((spell.manager, spell.user, int(day), 30, ONE_ON_ONE, TOPICS.index(metric)))
    return rows


def as_sessions(rows: Rows, rng: np.random.Generator) -> Sessions:
    """Sessions in order of their day, entered in the afternoon."""
    table = np.array(sorted(rows, key=lambda row: (row[2], row[0], row[1])), dtype=np.int64).T
    coach, coachee, day, minutes, kind, topic = table
    return Sessions(coach, coachee, day, minutes, kind, topic, moments(rng, day, 16, 18))


def make_targets(company: Company, calendar: Calendar, handoffs: Handoffs, deals: Deals) -> Monthly:
    """A target per person and month begun, set in the middle of the month before; the next month's too."""
    firsts = calendar.month_starts(calendar.start)
    firsts = np.append(firsts, next_month(int(firsts[-1])))
    metrics = list(TARGET_METRICS)
    rows = [
        (spell.user, int(first), metrics.index(spell.role), _target(spell.role, company, calendar, handoffs, deals))
        for spell in company.spells_of(*metrics)
        for first in firsts
        if spell.start < next_month(int(first)) and spell.stop > first
    ]
    # A move within a role (another team) makes two spells but one target.
    user, month, metric, value = np.array(sorted(set(rows))).T
    known = (month.astype(np.int64) - 17) * DAY + 9 * 3_600
    return Monthly(user.astype(int), month.astype(int), metric.astype(int), value, np.zeros(user.size), known)


def _target(role: str, company: Company, calendar: Calendar, handoffs: Handoffs, deals: Deals) -> float:
    """What an average person of the role reached per month, and a little more."""
    if role == "AM":
        return stories.AM_UPSELL_TARGET
    spells = company.spells_of(role)
    months = sum(min(spell.stop, calendar.end) - spell.start for spell in spells) / 30.4
    if role == "SDR":
        return float(max(1, round(handoffs.size / months * stories.TARGET_STRETCH)))
    won = deals.cents[deals.won < calendar.end * DAY].sum() / 100
    return float(max(1_000, round(won / months * stories.TARGET_STRETCH, -3)))


def make_pay(company: Company, calendar: Calendar, sessions: Sessions, rng: np.random.Generator) -> Monthly:
    """Variable pay and selling days of every complete month, delivered on the fifth of the next one."""
    days = np.arange(calendar.start, calendar.end)
    sells, monthly_pay = _selling(company, days)
    rows = []
    for first in calendar.month_starts(calendar.start)[:-1]:
        after = next_month(int(first))
        in_month = (sessions.day >= first) & (sessions.day < after)
        coached = np.bincount(sessions.coach[in_month], minlength=company.size)
        selling = sells[:, (days >= first) & (days < after)].sum(axis=1) - rng.integers(0, 3, company.size)
        selling = selling - 0.5 * coached
        pay = np.rint(monthly_pay * selling / 20 * rng.uniform(0.6, 1.5, company.size))
        rows += [(user, first, pay[user], selling[user], after) for user in np.flatnonzero(selling >= 1)]
    user, month, value, selling_days, after_month = np.array(sorted(rows)).T
    known = (after_month.astype(np.int64) + 4) * DAY + 8 * 3_600
    whole = (user.astype(np.int64), month.astype(np.int64), np.zeros(user.size, dtype=np.int64))
    return Monthly(*whole, value, selling_days, known)


def _selling(company: Company, days: Ints) -> tuple[Bools, Ints]:
    """Whether each user (row) sells on each day, and their usual pay per month by the last role."""
    sells = np.zeros((company.size, days.size), dtype=bool)
    monthly_pay = np.zeros(company.size, dtype=np.int64)
    for spell in company.spells_of(*TARGET_METRICS):
        sells[spell.user] |= (days >= spell.start) & (days < spell.stop) & is_working(days)
        monthly_pay[spell.user] = stories.MONTHLY_PAY[spell.role]
    return sells, monthly_pay
