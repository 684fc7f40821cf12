"""The published tables as the gate expects them: columns in order, and of which kind. Written from the column
dictionary of the release and not read from dbt, so that a contract changed by mistake is noticed.

How a figure is made belongs to dbt; which rules follow from a kind, to suites/border_out.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from data_checks.table import Table, columns_of


def _held(role: str) -> str:
    """SQL that is true when somebody held a role on a day up to D."""
    return (
        "exists (select 1 from staging.stg_assignments cross join night.context "
        f"where role = '{role}' and valid_from <= as_of and valid_from < coalesce(valid_to, date '9999-12-31'))"
    )


def _held_now(role: str) -> str:
    """SQL that is true when somebody holds a role on D and is there."""
    return (
        "exists (select 1 from staging.stg_assignments as held cross join night.context "
        "left join staging.stg_users as users on held.user_id = users.user_id "
        f"where role = '{role}' and valid_from <= as_of and coalesce(valid_to > as_of, true) "
        "and is_active is not false and coalesce(left_on > as_of, true))"
    )


# Somebody in a role who was paid in base currency for the newest complete month of which any pay came.
_PAID_SELLER = """
    select 1
    from (select *, date_trunc('month', month)::date as starts, last_day(month) as ends from staging.stg_variable_pay)
    cross join night.context
    inner join staging.stg_assignments using (user_id)
    where ends <= as_of and currency = base_currency and role in ('SDR', 'AE', 'AM')
    and valid_from <= ends and coalesce(valid_to, date '9999-12-31') > greatest(starts, valid_from)
    and starts = (
        select date_trunc('month', max(month))::date
        from staging.stg_variable_pay cross join night.context where last_day(month) <= as_of
    )
"""

_PERIOD = "period_type:key period_start:key period_end:filled is_complete:filled"
_PERSON = (
    "full_name:filled team:free manager_id:free manager_name:free in_role_at_end:filled days_in_role:count "
    "tenure_days:positive"
)
_TARGET = "target_metric:filled target:number target_actual:number attainment:number"
_RANK = (
    "score:number score_low:number score_high:number rank:positive rank_low:positive rank_high:positive "
    "expected_rank:positive ranked_count:count tier:free is_ranked:filled not_ranked_reason:free "
    "previous_rank:positive"
)
_TAIL = "release_id:filled updated_at:filled"

PERIOD_TYPES = ("period_type", ("month", "quarter", "year"))
REASONS = (
    "not_ranked_reason",
    ("no_assignment", "not_in_role_at_end", "below_min_tenure", "below_min_n", "mix_not_identified"),
)
TIERS = ("tier", ("clearly_above", "not_separable", "clearly_below"))
ARCHETYPES = (
    "archetype",
    ("insufficient", "top_client_maximiser", "grower", "guardian", "leaky_expander", "decliner"),
)
COACHING_FOCUS = ("coaching_focus", ("keep_smaller_clients", "upsell", "retention", "both", "teaches"))
BRIDGE_LINES = (
    "expansion",
    "contraction",
    "churn",
    "unchanged",
    "inactive",
    "new",
    "reactivated",
    "transfer_in",
    "transfer_out",
)

SDR_RANKING = Table(
    "sdr_ranking",
    columns_of(
        f"{_PERIOD} sdr_id:key {_PERSON} "
        "calls:count@activities touches:count@activities leads_worked:count@activities qualified_leads:count@leads "
        "leads_sent:count@handoffs strictly_qualified_sent:count@handoffs+leads accepted:count@handoffs "
        "rejected:count@handoffs pending:count@handoffs overdue:count@handoffs won:count@handoffs+opportunities "
        "months_in_role:positive lead_velocity:positive*number lead_velocity_growth:number "
        "qualified_lead_rate:share*share qualification_efficiency:positive*number "
        "calls_per_qualified_lead:positive due_leads:count@handoffs "
        "acceptance_rate:share*share handoffs_decided:count@handoffs median_hours_to_decision:number "
        "chain_start:filled@handoffs chain_end:filled@handoffs chain_sent:count@handoffs "
        "chain_won:count@handoffs+opportunities chain_yield:share*share "
        f"sessions_received:count@coaching_sessions {_TARGET} {_RANK} {_TAIL}"
    ),
    ("activities", "leads", "handoffs"),
    (PERIOD_TYPES, REASONS, TIERS),
    f"{_held('SDR')} or exists (select 1 from staging.stg_handoffs)"
    " or exists (select 1 from staging.stg_leads where qualified_on is not null)",
)

AE_RANKING = Table(
    "ae_ranking",
    columns_of(
        f"{_PERIOD} ae_id:key {_PERSON} "
        "offered:count@handoffs accepted:count@handoffs rejected:count@handoffs undecided:count@handoffs "
        "deals_worked:count@opportunities deals_won:count@opportunities deals_lost:count@opportunities "
        "deals_without_close_time:count@opportunities won_amount:signed@opportunities "
        "unconverted_deals:count@opportunities close_rate_worked:share*share close_rate_decided:share*share "
        "close_horizon_days:count@opportunities cohort_start:filled@opportunities cohort_end:filled@opportunities "
        "cohort_deals:count@opportunities cohort_won:count@opportunities close_rate:share*share "
        "expected_wins:count@opportunities close_rate_adjusted:positive*number shared_deals:count@opportunities "
        "mix_identified:filled@opportunities offers_cohort:count@handoffs offers_won:count@handoffs+opportunities "
        "offered_yield:share*share median_cycle_days:number average_deal:number "
        "slips:count@opportunities+opportunity_history "
        "quality_accounts:count@opportunities+invoices quality_accounts_active:count@opportunities+invoices "
        "deal_quality:share*share rejected_with_reason:count@handoffs reason_rate:share*share "
        "sdr_sessions:count@coaching_sessions ae_sessions:count@coaching_sessions "
        f"sessions_received:count@coaching_sessions {_TARGET} {_RANK} {_TAIL}"
    ),
    ("handoffs", "opportunities"),
    (PERIOD_TYPES, REASONS, TIERS),
    f"{_held('AE')} or exists (select 1 from staging.stg_handoffs) or exists (select 1 from staging.stg_opportunities)",
)

AM_RANKING = Table(
    "am_ranking",
    columns_of(
        f"{_PERIOD} am_id:key {_PERSON} "
        "accounts_opening:count@invoices accounts_closing:count@invoices opening:count@invoices "
        "expansion:count@invoices contraction:count@invoices churn:count@invoices new:count@invoices "
        "reactivated:count@invoices transfer_in:count@invoices transfer_out:count@invoices fx:signed@invoices "
        "closing:count@invoices unconverted_invoices:count@invoices kept_accounts:count@invoices "
        "retained_accounts:count@invoices kept_opening:count@invoices kept_closing:count@invoices "
        "kept_capped:count@invoices portfolio_growth:number upsell_rate:number*number retention_effect:number "
        "tilt_effect:number upsell_effect:number frequency_effect:number ticket_effect:number nrr:positive "
        "grr:share*number logo_retention:share*share "
        "top_accounts:count@invoices top_opening:count@invoices top_capped:count@invoices "
        "top_client_retention:share*number tail_accounts:count@invoices tail_retained_accounts:count@invoices "
        "tail_logo_retention:share*share lifetime_accounts:count@invoices lifetime_first_value:count@invoices "
        "lifetime_last_value:count@invoices lifetime_growth:number archetype:free coaching_focus:free "
        "ae_sessions:count@coaching_sessions am_sessions:count@coaching_sessions "
        f"sessions_received:count@coaching_sessions {_TARGET} {_RANK} {_TAIL}"
    ),
    ("invoices",),
    (PERIOD_TYPES, REASONS, TIERS, ARCHETYPES, COACHING_FOCUS),
    "exists (select 1 from staging.stg_invoices)",
)

METRIC_RANKING = Table(
    "metric_ranking",
    columns_of(
        f"role:key {_PERIOD} user_id:key {_PERSON} metric:key label:filled kind:filled direction:filled "
        "numerator:number denominator:number value:number standard_error:positive role_mean:number "
        "prior_strength:positive between_variance:positive shrunk:number sd:positive low:number high:number "
        "is_ranked:filled not_ranked_reason:free rank:positive rank_low:positive rank_high:positive "
        "expected_rank:positive ranked_count:positive tier:free weight:share z:number counter_metric:free "
        f"counter_value:number previous_rank:positive {_TAIL}"
    ),
    ("activities", "leads", "handoffs", "opportunities", "invoices"),
    (
        PERIOD_TYPES,
        REASONS,
        TIERS,
        ("role", ("SDR", "AE", "AM")),
        ("kind", ("proportion", "rate", "amount", "descriptive")),
        ("direction", ("higher", "lower")),
    ),
    " or ".join((_held("SDR"), _held("AE"), _held("AM"))),
)

PORTFOLIO_BRIDGE = Table(
    "portfolio_bridge",
    columns_of(
        f"{_PERIOD} am_id:key full_name:filled team:free account_id:key account_segment:free in_opening:filled "
        "in_closing:filled r0:count r1:count r1c:count line:filled line_amount:signed fx:signed is_kept:filled "
        f"is_top:filled purchases_0:count purchases_1:count other_am_id:free {_TAIL}"
    ),
    ("invoices",),
    (PERIOD_TYPES, ("line", BRIDGE_LINES)),
    "exists (select 1 from staging.stg_invoices)",
)

HANDOFF_PAIRS = Table(
    "handoff_pairs",
    columns_of(
        f"{_PERIOD} pair_kind:key from_id:key from_name:filled from_team:free to_id:key to_name:filled to_team:free "
        "sent:positive@handoffs accepted:positive@handoffs rejected:positive@handoffs undecided:positive@handoffs "
        "acceptance_share:share due:positive@handoffs decided_in_sla:positive@handoffs sla_share:share "
        "median_hours_to_decision:number expected_accepted:positive accepted_residual:number "
        "cohort_deals:positive@handoffs+opportunities cohort_won:positive@handoffs+opportunities "
        "expected_won:positive won_residual:number rejected_with_reason:positive@handoffs reason_rate:share "
        "top_reject_reason:free accounts_handed_over:positive@opportunities+account_owners "
        "accounts_lost:positive@opportunities+account_owners+invoices "
        "accounts_shrunk:positive@opportunities+account_owners+invoices expected_lost_or_shrunk:positive "
        f"lost_residual:number median_days_to_first_owner:positive {_TAIL}"
    ),
    ("handoffs", "opportunities"),
    (PERIOD_TYPES, ("pair_kind", ("sdr_ae", "ae_am"))),
    # Without hand-offs there may be accounts that an AE won and an AM took over, or not: rows there are get judged.
    "exists (select 1 from staging.stg_handoffs) or exists (select 1 from main.handoff_pairs)",
)

REJECT_REASONS = Table(
    "reject_reasons",
    columns_of(
        f"{_PERIOD} sdr_id:key sdr_name:filled ae_id:key ae_name:filled reason:key category:filled is_mapped:filled "
        "rejections:count@handoffs pair_rejections:count sdr_rejections:count ae_rejections:count all_rejections:count "
        "sdr_reason_rejections:count ae_reason_rejections:count all_reason_rejections:count share:share "
        f"sdr_share:share ae_share:share all_share:share sdr_lift:positive ae_lift:positive {_TAIL}"
    ),
    ("handoffs",),
    (
        PERIOD_TYPES,
        ("category", ("procedural", "clerical", "definitional", "disqualified", "unmapped", "none")),
    ),
    "exists (select 1 from staging.stg_handoffs where decision = 'rejected')",
)

ACCEPTANCE_CRITERIA = Table(
    "acceptance_criteria",
    columns_of(
        f"{_PERIOD} ae_id:key full_name:filled team:free criterion:key decided_met:count@handoffs+leads "
        "accepted_met:count@handoffs+leads decided_unmet:count@handoffs+leads accepted_unmet:count@handoffs+leads "
        f"acceptance_met:share acceptance_unmet:share difference:number {_TAIL}"
    ),
    ("handoffs",),
    (PERIOD_TYPES, ("criterion", ("budget", "authority", "need", "timing"))),
    "exists (select 1 from staging.stg_handoffs where decision is not null) and (select has_leads from night.context)",
)

TARGET_ATTAINMENT = Table(
    "target_attainment",
    columns_of(
        f"month:key is_complete:filled user_id:key {_PERSON} metric:key role:free label:free target:signed@targets "
        "is_additive:filled days_in_month:count ramp_factor:positive target_prorated:number actual:number "
        f"attainment:number run_rate:number run_rate_attainment:number not_available_reason:free {_TAIL}"
    ),
    ("targets",),
    (("role", ("SDR", "AE", "AM")), ("not_available_reason", ("unknown_metric", "entity_missing"))),
    "exists (select 1 from staging.stg_targets cross join night.context where date_trunc('month', month) <= as_of)",
)

COACHING_EFFECT = Table(
    "coaching_effect",
    columns_of(
        "coach_id:key coach_name:filled metric:key label:free coach_role:filled coachee_role:filled "
        "sessions:count coachees:count episodes:count peers:count minutes:positive first_session_on:filled "
        "last_session_on:filled pre_mean:positive post_mean:positive naive_change:number peer_change:number "
        "effect:number effect_se:positive effect_shrunk:number effect_low:number effect_high:number tier:free "
        f"caveat:filled {_TAIL}"
    ),
    ("coaching_sessions",),
    (
        TIERS,
        ("coach_role", ("SDR", "AE", "AM", "manager", "(none)")),
        ("coachee_role", ("SDR", "AE", "AM")),
    ),
    "exists (select 1 from staging.stg_coaching_sessions as sessions inner join staging.stg_assignments as held "
    "on coachee_id = user_id and role in ('SDR', 'AE', 'AM') and held_on >= valid_from "
    "and held_on < coalesce(valid_to, date '9999-12-31'))",
)

COACH_CANDIDATES = Table(
    "coach_candidates",
    columns_of(
        "user_id:key full_name:filled role:filled team:free metric:key coachee_id:key coachee_name:filled "
        "coachee_role:filled coachee_team:free coachee_metric:key match_kind:filled basis:filled reject_reason:free "
        "reject_lift:positive quarter_start:filled quarters_above:count coach_shrunk:number coach_low:number "
        "coach_role_mean:number coachee_shrunk:number coachee_high:number coachee_role_mean:number gap:number "
        f"past_effect:number past_episodes:positive sessions_together:count priority:count {_TAIL}"
    ),
    sets=(
        ("role", ("SDR", "AE", "AM")),
        ("coachee_role", ("SDR", "AE", "AM")),
        ("match_kind", ("peer", "ae_to_sdr", "am_to_ae")),
        ("basis", ("metric", "reject_reason", "both")),
    ),
    has_rows="exists (select 1 from metrics.fct_coach_matches)",
)

ONE_ON_ONE_BRIEF = Table(
    "one_on_one_brief",
    columns_of(
        "user_id:key full_name:filled role:filled team:free manager_id:free position:key section:filled metric:free "
        "text:filled period_type:free period_start:free value:number low:number high:number peer_value:number "
        f"since_on:free person_id:free notes_url:free {_TAIL}"
    ),
    sets=(
        PERIOD_TYPES,
        ("role", ("SDR", "AE", "AM")),
        ("section", ("topic", "weakness", "change", "coach", "target", "strength", "cadence", "last_session")),
    ),
    has_rows=" or ".join((_held_now("SDR"), _held_now("AE"), _held_now("AM"))),
    links=("notes_url",),
)

COACHING_BUDGET = Table(
    "coaching_budget",
    columns_of(
        "user_id:key full_name:filled role:key team:free first_month:filled last_month:filled months:count "
        "variable_pay:signed selling_days:signed loss_per_day:number loss_per_day_median_month:number "
        "loss_per_day_best_month:number premium:count pay_per_day:number coaching_days:count@coaching_sessions "
        f"coaching_cost:number coachees:count@coaching_sessions coachee_volume:number break_even:number {_TAIL}"
    ),
    ("variable_pay",),
    (("role", ("SDR", "AE", "AM")),),
    f"exists ({_PAID_SELLER})",
)

METRIC_DICTIONARY = Table(
    "metric_dictionary",
    columns_of(
        "role:key metric:key label:filled label_ru:free kind:filled direction:filled unit:filled is_additive:filled "
        "is_ranked:filled is_primary:filled weight:positive min_n:positive min_tenure_days:positive "
        "numerator_column:free denominator_column:free needs:free definition:filled definition_ru:free formula:filled "
        f"source:filled caveat:free counter_metric:free definition_version:count {_TAIL}"
    ),
    sets=(
        ("role", ("SDR", "AE", "AM")),
        ("kind", ("proportion", "rate", "amount", "descriptive")),
        ("direction", ("higher", "lower")),
        ("unit", ("count", "money", "share", "ratio", "days", "hours", "months", "category")),
    ),
)

QUARANTINE_SUMMARY = Table(
    "quarantine_summary",
    columns_of(
        "source:key entity:key reason:key files:count rows_in:count rows_set_aside:count first_delivered_on:filled "
        f"last_delivered_on:filled example_line:positive action:filled {_TAIL}"
    ),
    has_rows="exists (select 1 from night.files where verdict = 'refused' or rows_quarantined > 0)",
)

CLOSED_PERIOD_CHANGES = Table(
    "closed_period_changes",
    columns_of(
        "role:key metric:key period_type:key period_start:key user_id:key cause:key full_name:filled "
        "value_before:number value_after:number change_of_cause:number entity:free records:count record_ids_json:free "
        f"since_release_id:filled is_acknowledged:filled {_TAIL}"
    ),
    sets=(
        PERIOD_TYPES,
        ("role", ("SDR", "AE", "AM")),
        (
            "cause",
            ("late", "restated", "deleted", "merged", "re_owned", "fx", "matured", "peers", "definition"),
        ),
    ),
    has_rows="exists (select 1 from metrics.fct_closed_period_changes where cause <> 'unexplained')",
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        SDR_RANKING,
        AE_RANKING,
        AM_RANKING,
        METRIC_RANKING,
        PORTFOLIO_BRIDGE,
        HANDOFF_PAIRS,
        REJECT_REASONS,
        ACCEPTANCE_CRITERIA,
        TARGET_ATTAINMENT,
        COACHING_EFFECT,
        COACH_CANDIDATES,
        ONE_ON_ONE_BRIEF,
        COACHING_BUDGET,
        METRIC_DICTIONARY,
        QUARANTINE_SUMMARY,
        CLOSED_PERIOD_CHANGES,
    )
}


@dataclass(frozen=True)
class Ranking:
    """How a ranking table names its person, the primary metric of its role, and the column that min_n is on."""

    role: str
    table: Table
    person: str
    value: str
    denominator: str


RANKINGS = (
    Ranking("SDR", SDR_RANKING, "sdr_id", "acceptance_rate", "due_leads"),
    Ranking("AE", AE_RANKING, "ae_id", "close_rate_adjusted", "cohort_deals"),
    Ranking("AM", AM_RANKING, "am_id", "upsell_rate", "kept_accounts"),
)
