"""sdr_ranking: who sends leads that are worth an AE's time."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from types import SimpleNamespace

from tests.recomputation.cohort import Window, window_of
from tests.recomputation.crm import Crm
from tests.recomputation.deals import Deal
from tests.recomputation.people import UNASSIGNED
from tests.recomputation.periods import Period
from tests.recomputation.ratios import Row, blank_unknown, change, median_of, ratio

KEY = "sdr_id"
CRITERIA = ("budget_confirmed", "authority_confirmed", "need_confirmed", "timing_confirmed")
# A non-zero one makes a row, also without an assignment.
CREDITS = ("touches", "qualified_leads", "leads_sent", "handoffs_decided", "chain_sent")

ACTIVITIES, LEADS, HANDOFFS = ("activities",), ("leads",), ("handoffs",)
NEEDS = {
    **dict.fromkeys(("calls", "touches", "leads_worked"), ACTIVITIES),
    "qualified_leads": LEADS,
    **dict.fromkeys(("leads_sent", "accepted", "rejected", "pending", "overdue"), HANDOFFS),
    **dict.fromkeys(("strictly_qualified_sent", "qualified_lead_rate"), LEADS + HANDOFFS),
    "won": ("opportunities", *HANDOFFS),
    **dict.fromkeys(("lead_velocity", "lead_velocity_growth", "due_leads", "acceptance_rate"), HANDOFFS),
    **dict.fromkeys(("qualification_efficiency", "calls_per_qualified_lead"), LEADS + ACTIVITIES),
    **dict.fromkeys(("handoffs_decided", "median_hours_to_decision"), HANDOFFS),
    **dict.fromkeys(("chain_start", "chain_end"), HANDOFFS),
    "chain_sent": HANDOFFS,
    **dict.fromkeys(("chain_won", "chain_yield"), ("opportunities", *HANDOFFS)),
    "sessions_received": ("coaching_sessions",),
}


class Sdr:
    """Counts of one CRM, period by period."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm
        self.touches = [a for a in crm.activities if a.is_completed is not False]
        self.by_lead: dict[str, list[SimpleNamespace]] = defaultdict(list)
        for handoff in sorted(crm.handoffs, key=lambda h: (h.sent_at, h.handoff_id)):
            self.by_lead[handoff.lead_id].append(handoff)
        self.first_handoffs = [handoffs[0] for handoffs in self.by_lead.values()]
        self.wins_of_lead = self._wins_of_lead()

    def rows(self, period: Period) -> list[Row]:
        """One row per person who was an SDR in the period or is credited with something in it."""
        qualified = [lead for lead in self.crm.leads.values() if period.holds(lead.qualified_on)]
        touches = [
            a
            for a in self.touches
            if period.holds(a.occurred_on) and self.crm.roles.held(a.user_id, "SDR", a.occurred_on)
        ]
        handoffs = [h for h in self.crm.handoffs if period.holds(h.sent_on)]
        first = [h for h in self.first_handoffs if period.holds(h.sent_on)]
        window = window_of(self.crm, period)
        chain = [h for h in self.first_handoffs if window.holds(h.sent_on)]
        people = (
            self.crm.roles.holders("SDR", period)
            | {lead.sdr_id or UNASSIGNED for lead in qualified}
            | {h.sdr_id for h in handoffs + chain}
        )
        rows = [
            self._row(
                sdr,
                period,
                [a for a in touches if a.user_id == sdr],
                [lead for lead in qualified if (lead.sdr_id or UNASSIGNED) == sdr],
                [h for h in first if h.sdr_id == sdr],
                [h for h in handoffs if h.sdr_id == sdr],
            )
            | self._chain([h for h in chain if h.sdr_id == sdr], window)
            for sdr in sorted(people)
        ]
        rows = [row for row in rows if row["days_in_role"] or any(row[name] for name in CREDITS)]
        return [blank_unknown(row, NEEDS, self.crm.delivered) for row in rows]

    def _row(
        self,
        sdr: str,
        period: Period,
        touches: list[SimpleNamespace],
        qualified: list[SimpleNamespace],
        first: list[SimpleNamespace],
        handoffs: list[SimpleNamespace],
    ) -> Row:
        calls = sum(a.kind == "call" for a in touches)
        outcomes = [self.outcome(handoff) for handoff in first]
        strict = sum(self.is_strictly_qualified(handoff.lead_id) for handoff in first)
        months = self.crm.roles.months_in_role(sdr, "SDR", period)
        decided = [h for h in handoffs if h.decision]
        due = len(first) - outcomes.count("pending")
        return {
            **period.columns,
            **self.crm.roles.columns(KEY, sdr, "SDR", period, self.crm.names),
            "calls": calls,
            "touches": len(touches),
            "leads_worked": len({a.lead_id for a in touches if a.lead_id}),
            "qualified_leads": len(qualified),
            "leads_sent": len(first),
            "strictly_qualified_sent": strict,
            **{outcome: outcomes.count(outcome) for outcome in ("accepted", "rejected", "pending", "overdue")},
            "won": sum(bool(self.wins_of_lead[handoff.lead_id]) for handoff in first),
            "months_in_role": months,
            "lead_velocity": ratio(len(first), months),
            "qualified_lead_rate": ratio(strict, len(first)),
            "qualification_efficiency": ratio(len(qualified), calls),
            "calls_per_qualified_lead": ratio(calls, len(qualified)),
            "due_leads": due,
            "acceptance_rate": ratio(outcomes.count("accepted"), due),
            "handoffs_decided": len(decided),
            "median_hours_to_decision": median_of(
                (h.decided_at - h.sent_at).total_seconds() / 3600 for h in decided if h.decided_at
            ),
            "sessions_received": sum(s.coachee_id == sdr and period.holds(s.held_on) for s in self.crm.sessions),
        }

    def _chain(self, first: list[SimpleNamespace], window: Window) -> Row:
        """What became of the leads first sent in the window."""
        won = sum(
            any(deal.is_won_within(window.horizon, handoff.sent_at) for deal in self.wins_of_lead[handoff.lead_id])
            for handoff in first
        )
        return {
            "chain_start": window.start,
            "chain_end": window.end,
            "chain_sent": len(first),
            "chain_won": won,
            "chain_yield": ratio(won, len(first)),
        }

    def outcome(self, first: SimpleNamespace) -> str:
        """Of a lead sent, over all its hand-offs by the SDR who sent it first."""
        own = [h for h in self.by_lead[first.lead_id] if h.sdr_id == first.sdr_id]
        decisions = {h.decision for h in own}
        if "accepted" in decisions:
            return "accepted"
        if "rejected" in decisions:
            return "rejected"
        due_from = self.crm.end - timedelta(hours=self.crm.config.acceptance_sla_hours)
        return "pending" if own[-1].sent_at > due_from else "overdue"

    def is_strictly_qualified(self, lead_id: str) -> bool:
        lead = self.crm.leads.get(lead_id)
        return lead is not None and all(getattr(lead, name) for name in CRITERIA)

    def _wins_of_lead(self) -> dict[str, list[Deal]]:
        """Lead -> won deals that name it, or that an accepted hand-off of it names."""
        won = {deal.row.opportunity_id: deal for deal in self.crm.deals if deal.is_won}
        wins: dict[str, list[Deal]] = defaultdict(list)
        for deal in won.values():
            if deal.row.lead_id:
                wins[deal.row.lead_id].append(deal)
        for handoff in self.crm.handoffs:
            if handoff.decision == "accepted" and handoff.opportunity_id in won:
                wins[handoff.lead_id].append(won[handoff.opportunity_id])
        return wins


def add_growth(row: Row, before: Row | None) -> None:
    """Add the growth over the preceding period of the same type."""
    row["lead_velocity_growth"] = change(row["lead_velocity"], before["lead_velocity"] if before else None)
