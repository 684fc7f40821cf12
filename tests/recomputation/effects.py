"""coaching_effect: what changed with those somebody coached, beyond what comes back by itself and what changed for all.

An association. Sessions, first sessions and daily events are those of coaching.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import fsum, sqrt

from tests.recomputation.coaching import DAY, DAYS, NEEDS, RATES, Events, Session, events, first_sessions, sessions
from tests.recomputation.crm import Crm
from tests.recomputation.definitions import texts
from tests.recomputation.people import full_name
from tests.recomputation.ratios import Row
from tests.recomputation.sdr import Sdr
from tests.recomputation.shrinkage import proportion_prior, rate_prior, shrink_proportion, shrink_rate

Z = 1.645
LEAST_TRUE_VARIANCE = 0.0001
MEASURES = (
    *("pre_mean", "post_mean", "naive_change", "peer_change"),
    *("effect", "effect_se", "effect_shrunk", "effect_low", "effect_high", "tier"),
)


@dataclass(frozen=True)
class Around:
    """Somebody's value in the 60 days before a day and after it, the one before drawn to the role's mean as well."""

    before: float
    after: float
    baseline: float

    @property
    def change(self) -> float:
        return self.after - self.baseline


@dataclass(frozen=True)
class Episode:
    """A first session that could be compared."""

    session: Session
    own: Around
    peers: int
    peer_change: float

    @property
    def effect(self) -> float:
        return self.own.change - self.peer_change


class Effects:
    """Coaching of one CRM."""

    def __init__(self, crm: Crm, sdrs: Sdr) -> None:
        self.crm = crm
        self.held = sessions(crm)
        self.first = first_sessions(self.held, crm.as_of)
        dated = {key: events(crm, sdrs, key[1]) for key, needs in NEEDS.items() if needs <= crm.delivered}
        self.episodes = [episode for key, found in dated.items() for episode in self._compared(*key, found)]

    def rows(self) -> list[Row]:
        """One row per coach and metric."""
        told: dict[tuple[str, str], list[Session]] = defaultdict(list)
        for session in self.held:
            told[session.coach, session.metric].append(session)
        errors = self._errors()
        return [self._row(coach, metric, own, errors) for (coach, metric), own in sorted(told.items())]

    def _compared(self, role: str, metric: str, found: Events) -> list[Episode]:
        first = [s for s in self.first if (s.role, s.metric) == (role, metric)]
        return [episode for s in first if (episode := self._episode(s, self._around(role, metric, found, s.day)))]

    def _around(self, role: str, metric: str, found: Events, day: date) -> dict[str, Around]:
        """Everybody in the role on the day with figures on both sides of it."""
        users = {user for (user, held), days in self.crm.roles.days.items() if held == role and _any(days, day)}
        before = {user: _summed(found, user, day - DAYS, day - DAY) for user in users}
        after = {user: _summed(found, user, day + DAY, day + DAYS) for user in users}
        sizes = [(float(k), float(n)) for k, n in before.values() if n]
        prior_of, shrink = (rate_prior, shrink_rate) if metric in RATES else (proportion_prior, shrink_proportion)
        prior = prior_of([k for k, _ in sizes], [n for _, n in sizes])
        return {
            user: Around(
                float(before[user][0] / before[user][1]),
                float(after[user][0] / after[user][1]),
                shrink(prior, float(before[user][0]), float(before[user][1]))[0],
            )
            for user in users
            if prior and before[user][1] and after[user][1] and self.crm.roles.is_planned(user, role, day)
        }

    def _episode(self, session: Session, around: Mapping[str, Around]) -> Episode | None:
        coached = {
            s.coachee
            for s in self.held
            if (s.role, s.metric) == (session.role, session.metric) and session.day - DAYS <= s.day <= session.day
        }
        uncoached = {user for user in around if user not in coached}
        if session.coachee not in around or not uncoached:
            return None
        thirds = _thirds(around)
        peers = {user for user in uncoached if thirds[user] == thirds[session.coachee]} or uncoached
        change = fsum(around[user].change for user in peers) / len(peers)
        return Episode(session, around[session.coachee], len(peers), change)

    def _errors(self) -> dict[tuple[str, str], tuple[float, float]]:
        """Per coach and metric with two episodes or more: effect and squared standard error."""
        own: dict[tuple[str, str], list[float]] = defaultdict(list)
        for episode in self.episodes:
            own[episode.session.coach, episode.session.metric].append(episode.effect)
        found = {}
        for key, effects in own.items():
            if len(effects) > 1:
                mean = fsum(effects) / len(effects)
                found[key] = (mean, fsum((e - mean) ** 2 for e in effects) / (len(effects) - 1) / len(effects))
        return found

    def _row(
        self, coach: str, metric: str, told: list[Session], errors: Mapping[tuple[str, str], tuple[float, float]]
    ) -> Row:
        last = max(told, key=lambda s: (s.day, s.id, [-ord(letter) for letter in s.role]))
        held = {s.id: s.minutes for s in told}
        minutes = [minutes for minutes in held.values() if minutes is not None]
        own = [e for e in self.episodes if (e.session.coach, e.session.metric) == (coach, metric)]
        return {
            "coach_id": coach,
            "coach_name": full_name(coach, self.crm.names),
            "metric": metric,
            "label": next(text.label for text in texts() if (text.role, text.metric) == (last.role, metric)),
            "coach_role": last.coach_role,
            "coachee_role": last.role,
            "sessions": len(held),
            "coachees": len({s.coachee for s in told}),
            "episodes": sum((s.coach, s.metric) == (coach, metric) for s in self.first),
            "peers": sum(e.peers for e in own),
            "minutes": sum(minutes) if minutes else None,
            "first_session_on": min(s.day for s in told),
            "last_session_on": last.day,
            **dict.fromkeys(MEASURES),
            **_means(own),
            **_drawn(coach, metric, errors),
        }


def _any(days: Mapping[date, object], day: date) -> bool:
    return any(day - n * DAY in days for n in range(1, DAYS.days + 1))


def _summed(found: Events, user: str, start: date, end: date) -> tuple[Fraction, Fraction]:
    inside = [amounts for day, amounts in found.get(user, {}).items() if start <= day <= end]
    return sum((k for k, _ in inside), Fraction(0)), sum((n for _, n in inside), Fraction(0))


def _thirds(around: Mapping[str, Around]) -> dict[str, int]:
    """By baseline; who are equal to 12 decimals share a third."""
    baselines = [round(one.baseline, 12) for one in around.values()]
    return {
        user: sum(other < round(one.baseline, 12) for other in baselines) * 3 // len(baselines)
        for user, one in around.items()
    }


def _means(own: list[Episode]) -> Row:
    if not own:
        return {}
    pre, post = (fsum(values) / len(own) for values in ([e.own.before for e in own], [e.own.after for e in own]))
    return {
        "pre_mean": pre,
        "post_mean": post,
        "naive_change": post - pre,
        "peer_change": fsum(e.peer_change for e in own) / len(own),
        "effect": fsum(e.effect for e in own) / len(own),
    }


def _drawn(coach: str, metric: str, errors: Mapping[tuple[str, str], tuple[float, float]]) -> Row:
    """The effect drawn to nothing by how far the coaches of the metric truly differ."""
    if (coach, metric) not in errors:
        return {}
    of_metric = [pair for (_, name), pair in errors.items() if name == metric]
    true = max(LEAST_TRUE_VARIANCE, fsum(e * e - squared for e, squared in of_metric) / len(of_metric))
    effect, squared = errors[coach, metric]
    drawn, sd = effect * true / (true + squared), sqrt(true * squared / (true + squared))
    low, high = drawn - Z * sd, drawn + Z * sd
    tier = "clearly_above" if round(low, 12) > 0 else "clearly_below" if round(high, 12) < 0 else "not_separable"
    return {
        "effect_se": sqrt(squared),
        "effect_shrunk": drawn,
        "effect_low": low,
        "effect_high": high,
        "tier": tier,
    }
