"""Lines of one_on_one_brief about what became of cases: with a partner, for one reason, before and after a session.

Standings, targets and meetings are brief.py's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from math import sqrt
from typing import Any

from tests.recomputation.brief_words import Line
from tests.recomputation.candidates import Candidates
from tests.recomputation.crm import Crm
from tests.recomputation.ratios import Row
from tests.recomputation.sdr import Sdr

Z, Z_OF_DOUBT = 1.645, 2.326
BEFORE_DAYS, SESSIONS_DAYS = 60, 365
LEAST_DUE, LEAST_CASES = 10, 10
DATED = {"SDR": "acceptance_rate", "AE": "close_rate_decided"}
EASE = 1, 2  # successes and cases added to a share before two are compared


class Cases:
    """Hand-offs and deals of one CRM."""

    def __init__(self, crm: Crm, sdrs: Sdr, tables: Mapping[str, Mapping[Any, Row]], proposals: Candidates) -> None:
        self.crm, self.tables, self.proposals = crm, tables, proposals
        self.events = self._events(sdrs)

    def lines(self, user: str, role: str) -> Iterator[Line]:
        """What there is to say to somebody in a role."""
        yield from self._partners(user, role)
        yield from self._habit(user, role)
        yield from self._change(user, role)

    def _partners(self, user: str, role: str) -> Iterator[Line]:
        """The partner with whom clearly less is accepted than the two let expect, of the newer year that has one."""
        sides = {"SDR": ("from_id", "to_id", "pair_sends"), "AE": ("to_id", "from_id", "pair_takes")}
        if role not in sides:
            return
        own, other, phrase = sides[role]
        years = [period.start for period in self.crm.periods if period.type == "year"][-2:]
        found = [
            row
            for row in self.tables["handoff_pairs"].values()
            if row["pair_kind"] == "sdr_ae" and row["period_type"] == "year" and row["period_start"] in years
            if row[own] == user and _is_disappointing(row)
        ]
        if found:
            worst = min(found, key=lambda row: (-row["period_start"].toordinal(), row["accepted_residual"], row[other]))
            low, high = wilson(worst["acceptance_share"], worst["due"], Z)
            yield Line(
                *(role, "weakness", phrase, 14, "acceptance_rate"),
                period_type="year",
                period_start=worst["period_start"],
                value=worst["acceptance_share"],
                low=low,
                high=high,
                peer_value=worst["expected_accepted"] / worst["due"],
                part=float(worst["accepted"]),
                whole=float(worst["due"]),
                shown_as="percent",
                person_id=worst[other],
            )

    def _habit(self, user: str, role: str) -> Iterator[Line]:
        """The reason on which the rejects of an SDR concentrate."""
        if role != "SDR" or user not in self.proposals.habits:
            return
        reason, lift = self.proposals.habits[user]
        row = next(
            row
            for row in self.tables["reject_reasons"].values()
            if (row["period_type"], row["period_start"]) == ("quarter", self.proposals.latest)
            if (row["sdr_id"], row["reason"]) == (user, reason)
        )
        yield Line(
            *(role, "weakness", "reject_habit", 12, "acceptance_rate"),
            period_type="quarter",
            period_start=self.proposals.latest,
            value=row["sdr_share"],
            peer_value=row["all_share"],
            part=float(row["sdr_reason_rejections"]),
            whole=float(row["sdr_rejections"]),
            times=lift,
            shown_as="percent",
            words=reason,
        )

    def _events(self, sdrs: Sdr) -> dict[tuple[str, str], list[tuple[date, bool]]]:
        """(role, user) -> the day of each case of the role's dated metric, and whether it went well."""
        events = defaultdict(list)
        for handoff in sdrs.first_handoffs:
            outcome = sdrs.outcome(handoff)
            if outcome != "pending":
                events["SDR", handoff.sdr_id].append((handoff.sent_on, outcome == "accepted"))
        for deal in self.crm.deals:
            if deal.close_on is not None:
                events["AE", str(deal.owner_at_close)].append((deal.close_on, deal.is_won))
        return events

    def _change(self, user: str, role: str) -> Iterator[Line]:
        if "coaching_sessions" not in self.crm.delivered:
            return
        metric = DATED.get(role)
        if metric is None:
            yield Line(role, "change", "change_undated", 2)
            return
        since = self.crm.as_of - timedelta(days=SESSIONS_DAYS)
        for day in sorted({s.held_on for s in self.crm.sessions if s.coachee_id == user and s.held_on > since})[::-1]:
            before, after = self._around(role, user, day)
            if len(before) >= LEAST_CASES and len(after) >= LEAST_CASES:
                yield _compared(role, metric, day, before, after)
                return
        yield Line(role, "change", "change_few", 2, metric, label_of=(role, metric), number=LEAST_CASES)

    def _around(self, role: str, user: str, day: date) -> tuple[list[bool], list[bool]]:
        """What became of the cases of the days before a session and of those since; not of its own day."""
        cases = self.events.get((role, user), [])
        first = day - timedelta(days=BEFORE_DAYS)
        return [good for on, good in cases if first <= on < day], [good for on, good in cases if day < on]


def wilson(share: float, n: int, z: float) -> tuple[float, float]:
    """Both ends of the interval of a share of n cases."""
    middle = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def _is_disappointing(pair: Row) -> bool:
    """Whether clearly less was accepted of a pair than was to be expected: 1 in 100 by chance."""
    if pair["due"] < LEAST_DUE:
        return False
    return wilson(pair["acceptance_share"], pair["due"], Z_OF_DOUBT)[1] < pair["expected_accepted"] / pair["due"]


def _compared(role: str, metric: str, day: date, before: list[bool], after: list[bool]) -> Line:
    """Agresti and Caffo: the difference of two shares, each eased by one success and one failure."""
    (old, old_eased, old_variance), (new, new_eased, new_variance) = map(_eased, (before, after))
    half = Z * sqrt(old_variance + new_variance)
    low, high = new_eased - old_eased - half, new_eased - old_eased + half
    phrase = "change_better" if low > 0 else "change_worse" if high < 0 else "change_noise"
    return Line(
        *(role, "change", phrase, 1, metric),
        label_of=(role, metric),
        value=new,
        peer_value=old,
        part=float(sum(after)),
        whole=float(len(after)),
        difference=new - old,
        low=low,
        high=high,
        since_on=day,
    )


def _eased(cases: list[bool]) -> tuple[float, float, float]:
    """(share, eased share, variance of the eased one)"""
    good, all_ = sum(cases) + EASE[0], len(cases) + EASE[1]
    eased = good / all_
    return sum(cases) / len(cases), eased, eased * (1 - eased) / all_
