{% set ranked_metrics = [
    "close_rate_worked",
    "close_rate_decided",
    "close_rate",
    "close_rate_adjusted",
    "offered_yield",
    "deal_quality",
    "reason_rate",
] %}
select
    {{ period_columns() }}
    {{ person_columns("ae_id") }}
    facts.offered,
    facts.accepted,
    facts.rejected,
    facts.undecided,
    facts.deals_worked,
    facts.deals_won,
    facts.deals_lost,
    facts.deals_without_close_time,
    facts.won_amount,
    facts.unconverted_deals,
    facts.close_rate_worked,
    {{ shrunk_columns("close_rate_worked") }}
    facts.close_rate_decided,
    {{ shrunk_columns("close_rate_decided") }}
    facts.close_horizon_days,
    facts.cohort_start,
    facts.cohort_end,
    facts.cohort_deals,
    facts.cohort_won,
    facts.close_rate,
    {{ shrunk_columns("close_rate") }}
    facts.expected_wins,
    facts.close_rate_adjusted,
    {{ shrunk_columns("close_rate_adjusted") }}
    facts.shared_deals,
    facts.mix_identified,
    facts.offers_cohort,
    facts.offers_won,
    facts.offered_yield,
    {{ shrunk_columns("offered_yield") }}
    facts.median_cycle_days,
    facts.average_deal,
    facts.slips,
    facts.quality_accounts,
    facts.quality_accounts_active,
    facts.deal_quality,
    {{ shrunk_columns("deal_quality") }}
    facts.rejected_with_reason,
    facts.reason_rate,
    {{ shrunk_columns("reason_rate") }}
    facts.sdr_sessions,
    facts.ae_sessions,
    facts.sessions_received,
    {{ target_columns() }}
    {{ rank_columns() }}
    {{ release_columns() }}
    {{ ranking_joins(ref("fct_ae_periods"), "AE", "ae_id", ranked_metrics) }}
-- Empty where nothing that an AE does was ever delivered.
where context.has_handoffs or context.has_opportunities
