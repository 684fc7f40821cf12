"""What must add up, table by table: sums against staging, ratios against their parts, rules inside a row.

Data only; conservation.py makes checks of it. What is not said in one line is a file of sql/.
"""

from __future__ import annotations

# Additive figures per table; figures of distinct things per person, such as leads_worked, do not add up by nature.
CONSERVED = {
    "sdr_ranking": "calls touches qualified_leads leads_sent strictly_qualified_sent accepted rejected pending overdue "
    "won handoffs_decided chain_sent chain_won",
    "ae_ranking": "offered accepted rejected undecided deals_won deals_lost deals_without_close_time won_amount "
    "unconverted_deals cohort_deals cohort_won offers_cohort offers_won quality_accounts quality_accounts_active "
    "rejected_with_reason",
    "am_ranking": "opening closing",
    "handoff_pairs": "sent accepted rejected undecided due decided_in_sla cohort_deals cohort_won rejected_with_reason "
    "accounts_handed_over accounts_lost",
    "reject_reasons": "rejections",
    "acceptance_criteria": "decided_met accepted_met decided_unmet accepted_unmet",
}
# What a sum is compared with: files of sql/ in the order they build on one another; the last one has the sums.
STAGED = {
    "sdr_ranking": ("staged_deals", "won_deals", "staged_ae", "staged_sdr"),
    "ae_ranking": ("staged_deals", "staged_ae"),
    "am_ranking": ("staged_values", "staged_am"),
    "handoff_pairs": ("staged_deals", "staged_ae", "staged_pairs"),
    "reject_reasons": ("staged_deals", "staged_ae", "staged_pairs"),
    "acceptance_criteria": ("staged_criteria",),
}

# Ratio: numerator and denominator, in published columns, and what is subtracted from the quotient.
RATIOS: dict[str, dict[str, tuple[str, str, int]]] = {
    "sdr_ranking": {
        "lead_velocity": ("leads_sent", "months_in_role", 0),
        "qualified_lead_rate": ("strictly_qualified_sent", "leads_sent", 0),
        "qualification_efficiency": ("qualified_leads", "calls", 0),
        "calls_per_qualified_lead": ("calls", "qualified_leads", 0),
        "acceptance_rate": ("accepted", "due_leads", 0),
        "chain_yield": ("chain_won", "chain_sent", 0),
        "attainment": ("target_actual", "target", 0),
    },
    "ae_ranking": {
        "close_rate_worked": ("deals_won", "deals_worked", 0),
        "close_rate_decided": ("deals_won", "deals_won + deals_lost", 0),
        "close_rate": ("cohort_won", "cohort_deals", 0),
        "offered_yield": ("offers_won", "offers_cohort", 0),
        "deal_quality": ("quality_accounts_active", "quality_accounts", 0),
        "reason_rate": ("rejected_with_reason", "rejected", 0),
        "attainment": ("target_actual", "target", 0),
    },
    "am_ranking": {
        "portfolio_growth": ("closing - opening", "opening", 0),
        "upsell_rate": ("kept_closing", "kept_opening", 1),
        "nrr": ("kept_closing", "kept_opening", 0),
        "grr": ("kept_capped", "kept_opening", 0),
        "logo_retention": ("retained_accounts", "kept_accounts", 0),
        "retention_effect": ("retained_accounts - kept_accounts", "kept_accounts", 0),
        "top_client_retention": ("top_capped", "top_opening", 0),
        "tail_logo_retention": ("tail_retained_accounts", "tail_accounts", 0),
        "lifetime_growth": ("lifetime_last_value", "lifetime_first_value", 1),
        "attainment": ("target_actual", "target", 0),
    },
    "handoff_pairs": {
        "acceptance_share": ("accepted", "due", 0),
        "sla_share": ("decided_in_sla", "due", 0),
        "reason_rate": ("rejected_with_reason", "rejected", 0),
    },
    "reject_reasons": {
        "share": ("rejections", "pair_rejections", 0),
        "sdr_share": ("sdr_reason_rejections", "sdr_rejections", 0),
        "ae_share": ("ae_reason_rejections", "ae_rejections", 0),
        "all_share": ("all_reason_rejections", "all_rejections", 0),
        "sdr_lift": ("sdr_share", "all_share", 0),
        "ae_lift": ("ae_share", "all_share", 0),
    },
    "acceptance_criteria": {
        "acceptance_met": ("accepted_met", "decided_met", 0),
        "acceptance_unmet": ("accepted_unmet", "decided_unmet", 0),
    },
    "target_attainment": {
        "attainment": ("actual", "target_prorated", 0),
        "run_rate_attainment": ("run_rate", "target_prorated", 0),
    },
}

# What must hold inside every row: id, table, rule, in words. The entities it needs are those of its columns.
ROW_RULES = (
    (
        "leads_sent",
        "sdr_ranking",
        "accepted + rejected + pending + overdue = leads_sent",
        "outcomes add up to leads_sent",
    ),
    ("due_leads", "sdr_ranking", "due_leads = leads_sent - pending", "due_leads are leads_sent without the pending"),
    ("strictly", "sdr_ranking", "strictly_qualified_sent <= leads_sent", "no more strictly qualified leads than sent"),
    ("won_leads", "sdr_ranking", "won <= leads_sent", "no more leads won than sent"),
    (
        "touches",
        "sdr_ranking",
        "greatest(calls, leads_worked) <= touches",
        "calls and leads worked are among the touches",
    ),
    ("offered", "ae_ranking", "accepted + rejected + undecided = offered", "decisions add up to offered"),
    ("worked", "ae_ranking", "deals_won <= deals_worked", "what was won was worked"),
    ("cohort", "ae_ranking", "cohort_won <= cohort_deals", "no more of the cohort won than accepted"),
    ("chain", "sdr_ranking", "chain_won <= chain_sent", "no more of the leads in the window won than sent"),
    ("offers", "ae_ranking", "offers_won <= offers_cohort", "no more hand-offs in the window won than offered"),
    (
        "mix",
        "ae_ranking",
        "shared_deals <= cohort_deals and (shared_deals >= 5 or not mix_identified)",
        "no more deals shared than there are, and at least 5 where the mix is identified",
    ),
    (
        "quality",
        "ae_ranking",
        "quality_accounts_active <= quality_accounts",
        "accounts that still buy are among those won",
    ),
    ("reasons", "ae_ranking", "rejected_with_reason <= rejected", "only rejections have a reason"),
    (
        "closes",
        "am_ranking",
        "opening + expansion - contraction - churn + new + reactivated + transfer_in - transfer_out + fx = closing",
        "the bridge closes to the cent",
    ),
    ("kept", "am_ranking", "retained_accounts <= kept_accounts", "no more accounts retained than kept"),
    (
        "capped",
        "am_ranking",
        "kept_capped <= least(kept_opening, kept_closing)",
        "the capped value exceeds neither end",
    ),
    (
        "effects",
        "am_ranking",
        "upsell_rate is null or abs(retention_effect + tilt_effect + upsell_effect - upsell_rate) <= 1e-9",
        "the effects of retention, tilt and upsell add up to the upsell rate",
    ),
    (
        "purchases",
        "am_ranking",
        "upsell_effect is null or abs(frequency_effect + ticket_effect - upsell_effect) <= 1e-9",
        "the effects of frequency and ticket add up to that of upsell",
    ),
    ("top", "am_ranking", "top_accounts + tail_accounts = kept_accounts", "what was kept is top or tail"),
    ("lifetimes", "am_ranking", "lifetime_accounts <= accounts_closing", "lifetimes are of the closing book"),
    (
        "sent",
        "handoff_pairs",
        "(pair_kind = 'sdr_ae') = (sent is not null)"
        " and (pair_kind = 'ae_am' or accepted + rejected + undecided = sent)",
        "only SDRs and AEs have hand-offs, and decisions add up to them",
    ),
    (
        "due",
        "handoff_pairs",
        "pair_kind = 'ae_am' or (accepted + rejected <= due and due <= sent and decided_in_sla <= accepted + rejected)",
        "what is decided is due, and what is due was sent",
    ),
    (
        "accepted_residual",
        "handoff_pairs",
        "pair_kind = 'ae_am' or (expected_accepted <= due and accepted_residual = accepted - expected_accepted)",
        "the residual is what was observed less what was expected",
    ),
    (
        "won_residual",
        "handoff_pairs",
        "pair_kind = 'ae_am' or (expected_won <= cohort_deals and won_residual = cohort_won - expected_won)",
        "the residual is what was observed less what was expected",
    ),
    (
        "lost_residual",
        "handoff_pairs",
        "pair_kind = 'sdr_ae' or (accounts_lost + accounts_shrunk <= accounts_handed_over"
        " and lost_residual = accounts_lost + accounts_shrunk - expected_lost_or_shrunk)",
        "no more accounts lost or shrunk than handed over, and the residual is against what was expected",
    ),
    (
        "mapped",
        "reject_reasons",
        "is_mapped = (category not in ('unmapped', 'none')) and (reason = '(none)') = (category = 'none')",
        "a reason has a category of the seed, or is said to be unmapped or none",
    ),
    (
        "criteria",
        "acceptance_criteria",
        "accepted_met <= decided_met and accepted_unmet <= decided_unmet",
        "no more accepted than decided, whether the criterion is met or not",
    ),
    (
        "difference",
        "acceptance_criteria",
        "difference is not distinct from acceptance_met - acceptance_unmet",
        "the difference is between the two shares, empty where either is",
    ),
    (
        "prorated",
        "target_attainment",
        "abs(target_prorated - case when is_additive then target * days_in_role / days_in_month * ramp_factor "
        "else target end) <= 1e-9 * greatest(1, abs(target))",
        "additive targets are prorated by days in the role and ramp, ratios are not",
    ),
    (
        "unavailable",
        "target_attainment",
        "(not_available_reason is null or actual is null)"
        " and (role is null) = (not_available_reason is not distinct from 'unknown_metric')",
        "where a figure is not available there is none, and only an unknown metric has no role",
    ),
    (
        "coached",
        "coaching_effect",
        "coachees <= sessions and episodes <= sessions and first_session_on <= last_session_on",
        "no more people or first sessions than sessions",
    ),
    (
        "naive",
        "coaching_effect",
        "naive_change is not distinct from post_mean - pre_mean",
        "the plain change is between the two means",
    ),
    (
        "compared",
        "coaching_effect",
        "(effect is null) = (peers = 0) and (effect is null) = (pre_mean is null)"
        " and (effect is null) = (peer_change is null) and (effect is null or episodes > 0)",
        "there is no effect without an episode and somebody to compare with",
    ),
    (
        "drawn",
        "coaching_effect",
        "(effect_se is null) = (effect_shrunk is null) and (effect_se is null or (episodes > 1"
        " and effect_shrunk * effect >= 0 and abs(effect_shrunk) <= abs(effect)))",
        "an effect is drawn towards 0 and not past it, and only where its error is known",
    ),
    (
        "interval",
        "coaching_effect",
        "(effect_shrunk is null) = (tier is null) and (effect_shrunk is null or ("
        "abs(effect_low + effect_high - 2 * effect_shrunk) <= 1e-9 * greatest(1, abs(effect_shrunk))"
        " and effect_high - effect_low <= 3.29 * effect_se + 1e-9"
        " and (tier = 'not_separable') = (round(effect_low, 12) <= 0 and round(effect_high, 12) >= 0)))",
        "the interval lies around the drawn effect, no wider than that of the plain one, and tier holds it against 0",
    ),
    (
        "caveat",
        "coaching_effect",
        "starts_with(caveat, 'association')",
        "every row says that it is an association",
    ),
    (
        "spoken",
        "one_on_one_brief",
        "position between 1 and 12 and trim(text) <> '' and coalesce(low <= high, true)",
        "twelve sentences at most, none of them empty, and intervals the right way round",
    ),
    (
        "strong",
        "coach_candidates",
        "quarters_above between 3 and 4 and priority >= 1",
        "a coach was strong in at least 3 of 4 quarters",
    ),
    (
        "basis",
        "coach_candidates",
        "(basis = 'metric') = (reject_reason is null) and (basis = 'reject_reason' or coalesce(gap > 0, false))",
        "who needs help is behind the mean, or rejected for one reason that is named",
    ),
    (
        "gap",
        "coach_candidates",
        "abs(abs(gap) - abs(coachee_role_mean - coachee_shrunk)) <= 1e-12",
        "the gap is the distance from the mean of the role",
    ),
)
