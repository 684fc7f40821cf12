"""A whole build in a handful of rows, every figure worked out by hand: what the gate's tests pass and then spoil.

D is 2026-02-10. January is complete, February open. One SDR, one AE, two AMs; account k2 moves from m2 to m1 in
February while the dollar rises from 0.50 to 0.60. Every entity came twice, in full.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

D = date(2026, 2, 10)
BUILT_AT = datetime(2026, 2, 11, 3)
CHANGED = datetime(2026, 2, 10, 20)
JANUARY, FEBRUARY = (
    {"period_type": "month", "period_start": start, "period_end": end, "is_complete": is_complete}
    for start, end, is_complete in (
        (date(2026, 1, 1), date(2026, 2, 1), True),
        (date(2026, 2, 1), date(2026, 3, 1), False),
    )
)

Row = dict[str, Any]


def day(month: int, of_month: int, hour: int = 9) -> datetime:
    return datetime(2026, month, of_month, hour)


CRM: dict[str, list[Row]] = {
    "users": [{"user_id": user, "full_name": user.upper()} for user in ("s1", "a1", "m1", "m2")],
    "assignments": [
        {"user_id": user, "role": role, "valid_from": date(2025, 6, 1)}
        for user, role in (("s1", "SDR"), ("a1", "AE"), ("m1", "AM"), ("m2", "AM"))
    ],
    "leads": [
        {
            "lead_id": "l1",
            "created_at": day(1, 5),
            "sdr_id": "s1",
            "source": "web",
            "segment": "small",
            "status": "done",
            "qualified_at": day(1, 8),
            "budget_confirmed": True,
            "authority_confirmed": True,
            "need_confirmed": True,
            "timing_confirmed": True,
        },
        {"lead_id": "l2", "created_at": day(1, 5), "sdr_id": "s1", "source": "fair", "budget_confirmed": True},
        {"lead_id": "l3", "created_at": day(2, 2), "source": "web", "qualified_at": day(2, 3)},
    ],
    "activities": [
        {"activity_id": "c1", "user_id": "s1", "kind": "call", "occurred_at": day(1, 6), "lead_id": "l1"},
        {"activity_id": "e1", "user_id": "s1", "kind": "email", "occurred_at": day(1, 7), "lead_id": "l2"},
        {
            "activity_id": "c2",
            "user_id": "a1",
            "kind": "call",
            "occurred_at": day(1, 9),
            "opportunity_id": "o1",
            "account_id": "k1",
        },
    ],
    "handoffs": [
        {
            "handoff_id": "h1",
            "lead_id": "l1",
            "sdr_id": "s1",
            "ae_id": "a1",
            "sent_at": day(1, 10),
            "decision": "accepted",
            "decided_at": day(1, 11),
            "opportunity_id": "o1",
        },
        {
            "handoff_id": "h2",
            "lead_id": "l2",
            "sdr_id": "s1",
            "ae_id": "a1",
            "sent_at": day(2, 4),
            "decision": "rejected",
            "decided_at": day(2, 5),
            "reject_reason": "no budget",
        },
        {
            "handoff_id": "h3",
            "lead_id": "l2",
            "sdr_id": "s1",
            "ae_id": "a1",
            "sent_at": day(2, 5),
            "decision": "rejected",
            "decided_at": day(2, 6),
        },
    ],
    "opportunities": [
        {
            "opportunity_id": "o1",
            "owner_id": "a1",
            "created_at": day(1, 11),
            "stage": "won",
            "is_closed": True,
            "is_won": True,
            "amount": Decimal("1000.00"),
            "currency": "EUR",
            "account_id": "k1",
            "lead_id": "l1",
            "closed_at": day(1, 20),
        },
        {
            "opportunity_id": "o2",
            "owner_id": "a1",
            "created_at": day(1, 12),
            "stage": "lost",
            "is_closed": True,
            "is_won": False,
            "amount": Decimal("500.00"),
            "currency": "USD",
            # The CRM says no close time; the history does.
        },
    ],
    "opportunity_history": [
        {"opportunity_id": "o2", "changed_at": day(1, 12), "stage": "open", "owner_id": "a1"},
        {"opportunity_id": "o2", "changed_at": day(2, 6), "stage": "lost", "owner_id": "a1"},
    ],
    "accounts": [
        {"account_id": "k1", "name": "K1", "segment": "small", "created_at": day(1, 2)},
        {"account_id": "k2", "name": "K2", "segment": "small", "created_at": day(1, 2)},
    ],
    "account_owners": [
        {"account_id": "k1", "am_id": "m1", "valid_from": date(2026, 1, 1)},
        {"account_id": "k2", "am_id": "m2", "valid_from": date(2026, 1, 1), "valid_to": date(2026, 2, 5)},
        {"account_id": "k2", "am_id": "m1", "valid_from": date(2026, 2, 5)},
    ],
    "invoices": [
        {
            "invoice_id": invoice,
            "account_id": account,
            "invoiced_on": on,
            "amount": Decimal(amount),
            "currency": currency,
        }
        for invoice, account, on, amount, currency in (
            ("i1", "k1", date(2026, 1, 5), "100.00", "EUR"),
            ("i2", "k1", date(2026, 2, 3), "50.00", "EUR"),
            ("i3", "k2", date(2026, 1, 7), "80.00", "USD"),
        )
    ],
    "targets": [
        {"user_id": "s1", "month": date(2026, 1, 1), "metric": "leads_sent", "target": 5.0},
        {"user_id": "s1", "month": date(2026, 2, 1), "metric": "leads_sent", "target": 5.6},
        {"user_id": "a1", "month": date(2026, 1, 1), "metric": "won_amount", "target": 500.0},
        {"user_id": "m1", "month": date(2026, 2, 1), "metric": "upsell_rate", "target": 0.25},
    ],
    "coaching_sessions": [
        {"session_id": "t1", "coach_id": "a1", "coachee_id": "s1", "held_on": date(2026, 1, 15), "minutes": 30},
        {"session_id": "t2", "coach_id": "m1", "coachee_id": "a1", "held_on": date(2026, 1, 16)},
        {"session_id": "t3", "coach_id": "m1", "coachee_id": "a1", "held_on": date(2026, 1, 17)},
    ],
    "variable_pay": [
        {
            "user_id": "s1",
            "month": date(2026, 1, 1),
            "amount": Decimal("200.00"),
            "currency": "EUR",
            "selling_days": 20.0,
        },
        {
            "user_id": "m1",
            "month": date(2026, 1, 1),
            "amount": Decimal("300.00"),
            "currency": "EUR",
            "selling_days": 10.0,
        },
    ],
    "fx_rates": [
        {"currency": "USD", "rate_on": date(2026, 1, 1), "rate_to_base": Decimal("0.5")},
        {"currency": "USD", "rate_on": date(2026, 2, 1), "rate_to_base": Decimal("0.6")},
    ],
}

_ASSIGNED = {"in_role_at_end": True, "team": "t", "manager_id": None, "manager_name": None}
_IN_JANUARY = {**JANUARY, **_ASSIGNED, "days_in_role": 31, "tenure_days": 245}
_IN_FEBRUARY = {**FEBRUARY, **_ASSIGNED, "days_in_role": 10, "tenure_days": 255}
_ALONE = {"rank": 1, "rank_low": 1, "rank_high": 1, "expected_rank": 1.0, "ranked_count": 1, "is_ranked": True}
_FIRST = {**_ALONE, "score": 0.0, "score_low": 0.0, "score_high": 0.0, "tier": "not_separable"}
_NEW = {"in_closing": True, "line": "new"}
_TOO_FEW = {"ranked_count": 0, "is_ranked": False, "not_ranked_reason": "below_min_n"}
_PAIR = {
    "pair_kind": "sdr_ae",
    "from_id": "s1",
    "to_id": "a1",
    "undecided": 0,
    "sla_share": 1.0,
    "median_hours_to_decision": 24.0,
    "accepted_residual": 0.0,
    "won_residual": 0.0,
}
_COACHING = {
    "coachees": 1,
    "first_session_on": date(2026, 1, 15),
    "last_session_on": date(2026, 1, 17),
    "caveat": "association, not proof",
}
# Two rejections of the one pair, each half of them.
_REJECTIONS = {
    **FEBRUARY,
    "sdr_id": "s1",
    "ae_id": "a1",
    **dict.fromkeys(("rejections", "sdr_reason_rejections", "ae_reason_rejections", "all_reason_rejections"), 1),
    **dict.fromkeys(("pair_rejections", "sdr_rejections", "ae_rejections", "all_rejections"), 2),
    **dict.fromkeys(("share", "sdr_share", "ae_share", "all_share"), 0.5),
    **dict.fromkeys(("sdr_lift", "ae_lift"), 1.0),
}
# The lead of January meets everything and was accepted; that of February, rejected twice, has a budget alone.
_MET = {**JANUARY, "ae_id": "a1", "decided_met": 1, "accepted_met": 1, "acceptance_met": 1.0}
_UNMET = {**FEBRUARY, "ae_id": "a1", "decided_unmet": 2, "acceptance_unmet": 0.0}
_IN_FULL = {"ramp_factor": 1.0, **_ASSIGNED}
_JANUARY_TARGET = {
    **_IN_FULL,
    "month": date(2026, 1, 1),
    "is_complete": True,
    "days_in_role": 31,
    "tenure_days": 245,
    "days_in_month": 31,
}
_FEBRUARY_TARGET = {
    **_IN_FULL,
    "month": date(2026, 2, 1),
    "is_complete": False,
    "days_in_role": 28,
    "tenure_days": 255,
    "days_in_month": 28,
}

PUBLISHED: dict[str, list[Row]] = {
    "sdr_ranking": [
        {
            **_IN_JANUARY,
            "sdr_id": "s1",
            "full_name": "S1",
            "calls": 1,
            "touches": 2,
            "leads_worked": 2,
            "qualified_leads": 1,
            "leads_sent": 1,
            "strictly_qualified_sent": 1,
            "accepted": 1,
            "won": 1,
            "months_in_role": 1.0,
            "lead_velocity": 1.0,
            "qualified_lead_rate": 1.0,
            "qualification_efficiency": 1.0,
            "calls_per_qualified_lead": 1.0,
            "due_leads": 1,
            "acceptance_rate": 1.0,
            "handoffs_decided": 1,
            "median_hours_to_decision": 24.0,
            "chain_start": date(2025, 1, 2),
            "chain_end": date(2026, 1, 2),
            "sessions_received": 1,
            "target": 5.0,
            "target_actual": 1.0,
            "attainment": 0.2,
            **_FIRST,
        },
        {
            **_IN_FEBRUARY,
            "sdr_id": "s1",
            "full_name": "S1",
            "leads_sent": 1,
            "rejected": 1,
            "months_in_role": 10 / 28,
            "lead_velocity": 2.8,
            "lead_velocity_growth": 1.8,
            "qualified_lead_rate": 0.0,
            "due_leads": 1,
            "acceptance_rate": 0.0,
            "handoffs_decided": 2,
            "median_hours_to_decision": 24.0,
            "chain_start": date(2025, 1, 12),
            "chain_end": date(2026, 1, 12),
            "chain_sent": 1,
            "chain_won": 1,
            "chain_yield": 1.0,
            "target": 2.0,
            "target_actual": 1.0,
            "attainment": 0.5,
            **_FIRST,
            "previous_rank": 1,
        },
        {
            **FEBRUARY,
            "sdr_id": "(unassigned)",
            "full_name": "Unassigned",
            "in_role_at_end": False,
            "days_in_role": 0,
            "qualified_leads": 1,
            "calls_per_qualified_lead": 0.0,
            "chain_start": date(2025, 1, 12),
            "chain_end": date(2026, 1, 12),
            "ranked_count": 1,
            "is_ranked": False,
            "not_ranked_reason": "no_assignment",
        },
    ],
    "ae_ranking": [
        {
            **_IN_JANUARY,
            "ae_id": "a1",
            "full_name": "A1",
            "offered": 1,
            "accepted": 1,
            "deals_worked": 2,
            "deals_won": 1,
            "won_amount": Decimal("1000.00"),
            "close_rate_worked": 0.5,
            "close_rate_decided": 1.0,
            "close_horizon_days": 30,
            "cohort_start": date(2025, 1, 2),
            "cohort_end": date(2026, 1, 2),
            "median_cycle_days": 9.0,
            "average_deal": Decimal("1000.00"),
            "sdr_sessions": 1,
            "target": 500.0,
            "target_actual": 1000.0,
            "attainment": 2.0,
            **_TOO_FEW,
        },
        {
            **_IN_FEBRUARY,
            "ae_id": "a1",
            "full_name": "A1",
            "offered": 2,
            "rejected": 2,
            "deals_worked": 1,
            "deals_lost": 1,
            "close_rate_worked": 0.0,
            "close_rate_decided": 0.0,
            "close_horizon_days": 30,
            "cohort_start": date(2025, 1, 12),
            "cohort_end": date(2026, 1, 12),
            "cohort_deals": 1,
            "cohort_won": 1,
            "close_rate": 1.0,
            "expected_wins": 1.0,
            "close_rate_adjusted": 1.0,
            "offers_cohort": 1,
            "offers_won": 1,
            "offered_yield": 1.0,
            "rejected_with_reason": 1,
            "reason_rate": 0.5,
            **_FIRST,
        },
    ],
    "am_ranking": [
        {
            **_IN_JANUARY,
            "am_id": "m1",
            "full_name": "M1",
            "accounts_closing": 1,
            "new": 100,
            "closing": 100,
            **_TOO_FEW,
        },
        {**_IN_JANUARY, "am_id": "m2", "full_name": "M2", "accounts_closing": 1, "new": 40, "closing": 40, **_TOO_FEW},
        {
            **_IN_FEBRUARY,
            "am_id": "m1",
            "full_name": "M1",
            "accounts_opening": 1,
            "accounts_closing": 2,
            "opening": 100,
            "expansion": 50,
            "transfer_in": 48,
            "closing": 198,
            "kept_accounts": 1,
            "retained_accounts": 1,
            "kept_opening": 100,
            "kept_closing": 150,
            "kept_capped": 100,
            "portfolio_growth": 0.98,
            "upsell_rate": 0.5,
            "retention_effect": 0.0,
            "tilt_effect": 0.0,
            "upsell_effect": 0.5,
            "frequency_effect": 0.2,
            "ticket_effect": 0.3,
            "nrr": 1.5,
            "grr": 1.0,
            "logo_retention": 1.0,
            "top_accounts": 1,
            "top_opening": 100,
            "top_capped": 100,
            "top_client_retention": 1.0,
            "target": 0.25,
            "target_actual": 0.5,
            "attainment": 2.0,
            **_FIRST,
        },
        {
            **_IN_FEBRUARY,
            "am_id": "m2",
            "full_name": "M2",
            "accounts_opening": 1,
            "opening": 40,
            "transfer_out": 40,
            "portfolio_growth": -1.0,
            **_TOO_FEW,
            "ranked_count": 1,
        },
    ],
    "portfolio_bridge": [
        {
            **JANUARY,
            "am_id": "m1",
            "account_id": "k1",
            "in_closing": True,
            "r1": 100,
            "r1c": 100,
            "line": "new",
            "line_amount": 100,
        },
        {
            **JANUARY,
            "am_id": "m2",
            "account_id": "k2",
            "in_closing": True,
            "r1": 40,
            "r1c": 40,
            "line": "new",
            "line_amount": 40,
        },
        {
            **FEBRUARY,
            "am_id": "m1",
            "account_id": "k1",
            "in_opening": True,
            "in_closing": True,
            "r0": 100,
            "r1": 150,
            "r1c": 150,
            "line": "expansion",
            "line_amount": 50,
            "is_kept": True,
            "is_top": True,
        },
        {
            **FEBRUARY,
            "am_id": "m2",
            "account_id": "k2",
            "in_opening": True,
            "r0": 40,
            "r1": 48,
            "r1c": 40,
            "line": "transfer_out",
            "line_amount": -40,
            "other_am_id": "m1",
        },
        {
            **FEBRUARY,
            "am_id": "m1",
            "account_id": "k2",
            "in_closing": True,
            "r0": 40,
            "r1": 48,
            "r1c": 40,
            "line": "transfer_in",
            "line_amount": 48,
            "other_am_id": "m2",
        },
    ],
    "handoff_pairs": [
        {
            **JANUARY,
            **_PAIR,
            "sent": 1,
            "due": 1,
            "decided_in_sla": 1,
            "accepted": 1,
            "rejected": 0,
            "acceptance_share": 1.0,
            "expected_accepted": 1.0,
            "cohort_deals": 0,
            "cohort_won": 0,
            "expected_won": 0.0,
            "rejected_with_reason": 0,
        },
        {
            **FEBRUARY,
            **_PAIR,
            "sent": 2,
            "due": 2,
            "decided_in_sla": 2,
            "accepted": 0,
            "rejected": 2,
            "acceptance_share": 0.0,
            "expected_accepted": 0.0,
            "cohort_deals": 1,
            "cohort_won": 1,
            "expected_won": 1.0,
            "rejected_with_reason": 1,
            "reason_rate": 0.5,
            "top_reject_reason": "no budget",
        },
    ],
    "reject_reasons": [
        {**_REJECTIONS, "reason": "no budget", "category": "unmapped"},
        {**_REJECTIONS, "reason": "(none)", "category": "none"},
    ],
    "acceptance_criteria": [
        *({**_MET, "criterion": criterion} for criterion in ("budget", "authority", "need", "timing")),
        {**FEBRUARY, "ae_id": "a1", "criterion": "budget", "decided_met": 2, "acceptance_met": 0.0},
        *({**_UNMET, "criterion": criterion} for criterion in ("authority", "need", "timing")),
    ],
    "coaching_effect": [
        {
            **_COACHING,
            "coach_id": "m1",
            "metric": "close_rate_decided",
            "coach_role": "AM",
            "coachee_role": "AE",
            "sessions": 2,
            "episodes": 2,
            "peers": 1,
            "pre_mean": 0.25,
            "post_mean": 0.5,
            "naive_change": 0.25,
            "peer_change": 0.0,
            # τ² = 0.04 of all its variance 0.05: four fifths are left, 0.16 ± 1.645·√(0.01·0.8).
            "effect": 0.2,
            "effect_se": 0.1,
            "effect_shrunk": 0.16,
            "effect_low": 0.16 - 1.645 * 0.008**0.5,
            "effect_high": 0.16 + 1.645 * 0.008**0.5,
            "tier": "clearly_above",
        },
        {
            **_COACHING,
            "coach_id": "a1",
            "metric": "acceptance_rate",
            "coach_role": "AE",
            "coachee_role": "SDR",
            "sessions": 1,
            "minutes": 30,
        },
    ],
    "coaching_budget": [
        {
            "user_id": "s1",
            "full_name": "S1",
            "role": "SDR",
            "first_month": date(2026, 1, 1),
            "last_month": date(2026, 1, 1),
            "months": 1,
            "variable_pay": Decimal("200.00"),
            "selling_days": 20.0,
            "loss_per_day": Decimal("10.00"),
            "loss_per_day_median_month": Decimal("10.00"),
            "loss_per_day_best_month": Decimal("10.00"),
            "premium": 0.5,
            "pay_per_day": Decimal("15.00"),
            "coaching_days": 0.0,
            "coaching_cost": Decimal("0.00"),
            "coachees": 0,
            "coachee_volume": Decimal("0.00"),
        },
        {
            "user_id": "m1",
            "full_name": "M1",
            "role": "AM",
            "first_month": date(2026, 1, 1),
            "last_month": date(2026, 1, 1),
            "months": 1,
            "variable_pay": Decimal("300.00"),
            "selling_days": 10.0,
            "loss_per_day": Decimal("30.00"),
            "loss_per_day_median_month": Decimal("30.00"),
            "loss_per_day_best_month": Decimal("30.00"),
            "premium": 0.5,
            "pay_per_day": Decimal("45.00"),
            "coaching_days": 0.0,
            "coaching_cost": Decimal("0.00"),
            "coachees": 0,
            "coachee_volume": Decimal("0.00"),
        },
    ],
    "target_attainment": [
        {
            **_JANUARY_TARGET,
            "user_id": "s1",
            "metric": "leads_sent",
            "role": "SDR",
            "is_additive": True,
            "target": 5.0,
            "target_prorated": 5.0,
            "actual": 1.0,
            "attainment": 0.2,
            "run_rate": 1.0,
            "run_rate_attainment": 0.2,
        },
        {
            **_FEBRUARY_TARGET,
            "user_id": "s1",
            "metric": "leads_sent",
            "role": "SDR",
            "is_additive": True,
            "target": 5.6,
            "target_prorated": 5.6,
            "actual": 1.0,
            "attainment": 1 / 5.6,
            "run_rate": 2.8,
            "run_rate_attainment": 0.5,
        },
        {
            **_JANUARY_TARGET,
            "user_id": "a1",
            "metric": "won_amount",
            "role": "AE",
            "is_additive": True,
            "target": 500.0,
            "target_prorated": 500.0,
            "actual": 1000.0,
            "attainment": 2.0,
            "run_rate": 1000.0,
            "run_rate_attainment": 2.0,
        },
        {
            **_FEBRUARY_TARGET,
            "user_id": "m1",
            "metric": "upsell_rate",
            "role": "AM",
            "is_additive": False,
            "target": 0.25,
            "target_prorated": 0.25,
            "actual": 0.5,
            "attainment": 2.0,
            "run_rate": 0.5,
            "run_rate_attainment": 2.0,
        },
    ],
    "metric_dictionary": [
        {
            "role": role,
            "metric": metric,
            "kind": kind,
            "direction": "higher",
            "unit": unit,
            "is_primary": True,
            "min_n": 1.0,
            "min_tenure_days": 90,
        }
        for role, metric, kind, unit in (
            ("SDR", "acceptance_rate", "proportion", "share"),
            ("AE", "close_rate_adjusted", "rate", "ratio"),
            ("AM", "upsell_rate", "amount", "ratio"),
        )
    ],
    "quarantine_summary": [
        {
            "source": "crm",
            "entity": "leads",
            "reason": "bad_date",
            "files": 1,
            "rows_in": 4,
            "rows_set_aside": 1,
            "first_delivered_on": D,
            "last_delivered_on": D,
            "example_line": 4,
        },
        {
            "source": "crm",
            "entity": "leads",
            "reason": "E-SCHEMA",
            "files": 1,
            "rows_in": 4,
            "rows_set_aside": 4,
            "first_delivered_on": date(2026, 2, 8),
            "last_delivered_on": date(2026, 2, 8),
        },
    ],
    # The AE closes well; what the SDR sends is accepted less often than it should be.
    "coach_candidates": [
        {
            **{"user_id": "a1", "role": "AE", "metric": "close_rate_adjusted", "match_kind": "ae_to_sdr"},
            **{"coachee_id": "s1", "coachee_role": "SDR", "coachee_metric": "acceptance_rate", "basis": "metric"},
            **{"quarter_start": date(2025, 10, 1), "quarters_above": 3, "priority": 1},
            **{"coach_shrunk": 0.5, "coach_low": 0.4, "coach_role_mean": 0.3},
            **{"coachee_shrunk": 0.25, "coachee_high": 0.4, "coachee_role_mean": 0.5, "gap": 0.25},
        },
        {
            **{"user_id": "m1", "role": "AM", "metric": "grr", "match_kind": "am_to_ae"},
            **{"coachee_id": "a1", "coachee_role": "AE", "coachee_metric": "deal_quality", "basis": "metric"},
            **{"quarter_start": date(2025, 10, 1), "quarters_above": 4, "priority": 1, "gap": 0.5},
            **{"coachee_shrunk": 0.25, "coachee_high": 0.4, "coachee_role_mean": 0.75},
        },
    ],
    "one_on_one_brief": [
        {
            **{"user_id": "s1", "role": "SDR", "position": 1, "section": "weakness", "metric": "acceptance_rate"},
            **{"period_type": "month", "period_start": date(2026, 1, 1), "text": "0 % of 2", "value": 0.0},
            **{"low": 0.0, "high": 0.5, "peer_value": 0.5},
        },
        {
            **{"user_id": "s1", "role": "SDR", "position": 2, "section": "last_session", "person_id": "a1"},
            **{"text": "a session", "since_on": date(2026, 1, 15), "notes_url": "https://notes.example.com/@s1/1"},
        },
        *(
            {"user_id": user, "role": role, "position": 1, "section": "cadence", "text": "no session"}
            for user, role in (("a1", "AE"), ("m1", "AM"), ("m2", "AM"))
        ),
    ],
    # Two outcomes matured since the last release, and one was taken back.
    "closed_period_changes": [
        {
            **{"role": "SDR", "metric": "acceptance_rate", "period_type": "month", "period_start": date(2026, 1, 1)},
            **{"user_id": "s1", "cause": cause, "full_name": "S1", "entity": "leads", "records": 2},
            **{"value_before": 0.0, "value_after": 1.0, "change_of_cause": change, "since_release_id": "v000001"},
        }
        for cause, change in (("matured", 2.0), ("restated", -1.0))
    ],
}
for _table, _metric in (("sdr_ranking", "leads_sent"), ("ae_ranking", "won_amount"), ("am_ranking", "upsell_rate")):
    PUBLISHED[_table] = [{"target_metric": _metric} | row for row in PUBLISHED[_table]]


def _in_long_form(role: str, key: str, metric: str, kind: str) -> None:
    """Add a role's rows of metric_ranking, and to its own table the shrunk values: one alone is the mean."""
    for row in PUBLISHED[f"{role.lower()}_ranking"]:
        value = row.get(metric) if row["days_in_role"] else None
        row |= {f"{metric}_{part}": value for part in ("shrunk", "low", "high")}
        PUBLISHED["metric_ranking"].append(
            {name: row.get(name) for name in (*_IN_JANUARY, "full_name", *_ALONE, "not_ranked_reason", "previous_rank")}
            | {"role": role, "user_id": row[key], "metric": metric, "kind": kind, "direction": "higher"}
            | {"value": row.get(metric), "shrunk": value, "low": value, "high": value, "weight": 1.0}
            | {"z": 0.0 if row["is_ranked"] else None}
        )


PUBLISHED["metric_ranking"] = []
for _role, _key, _metric, _kind in (
    ("SDR", "sdr_id", "acceptance_rate", "proportion"),
    ("AE", "ae_id", "close_rate_adjusted", "rate"),
    ("AM", "am_id", "upsell_rate", "amount"),
):
    _in_long_form(_role, _key, _metric, _kind)
