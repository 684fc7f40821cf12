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
    facts.close_rate_decided,
    facts.close_horizon_days,
    facts.cohort_start,
    facts.cohort_end,
    facts.cohort_deals,
    facts.cohort_won,
    facts.close_rate,
    facts.expected_wins,
    facts.close_rate_adjusted,
    facts.shared_deals,
    facts.mix_identified,
    facts.offers_cohort,
    facts.offers_won,
    facts.offered_yield,
    facts.median_cycle_days,
    facts.average_deal,
    facts.slips,
    facts.quality_accounts,
    facts.quality_accounts_active,
    facts.deal_quality,
    facts.rejected_with_reason,
    facts.reason_rate,
    facts.sdr_sessions,
    facts.ae_sessions,
    facts.sessions_received,
    {{ rank_columns() }}
    {{ release_columns() }}
    {{ ranking_joins(ref("fct_ae_periods"), "AE", "ae_id") }}
-- Empty where nothing that an AE does was ever delivered.
where context.has_handoffs or context.has_opportunities
