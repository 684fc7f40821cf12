{% set ranked_metrics = [
    "upsell_rate",
    "grr",
    "logo_retention",
    "top_client_retention",
    "tail_logo_retention",
] %}
select
    {{ period_columns() }}
    {{ person_columns("am_id") }}
    facts.accounts_opening,
    facts.accounts_closing,
    facts.opening,
    facts.expansion,
    facts.contraction,
    facts.churn,
    facts.new,
    facts.reactivated,
    facts.transfer_in,
    facts.transfer_out,
    facts.fx,
    facts.closing,
    facts.unconverted_invoices,
    facts.kept_accounts,
    facts.retained_accounts,
    facts.kept_opening,
    facts.kept_closing,
    facts.kept_capped,
    facts.portfolio_growth,
    facts.upsell_rate,
    {{ shrunk_columns("upsell_rate") }}
    facts.retention_effect,
    facts.tilt_effect,
    facts.upsell_effect,
    facts.frequency_effect,
    facts.ticket_effect,
    facts.nrr,
    facts.grr,
    {{ shrunk_columns("grr") }}
    facts.logo_retention,
    {{ shrunk_columns("logo_retention") }}
    facts.top_accounts,
    facts.top_opening,
    facts.top_capped,
    facts.top_client_retention,
    {{ shrunk_columns("top_client_retention") }}
    facts.tail_accounts,
    facts.tail_retained_accounts,
    facts.tail_logo_retention,
    {{ shrunk_columns("tail_logo_retention") }}
    facts.lifetime_accounts,
    facts.lifetime_first_value,
    facts.lifetime_last_value,
    facts.lifetime_growth,
    archetypes.archetype,
    archetypes.coaching_focus,
    facts.ae_sessions,
    facts.am_sessions,
    facts.sessions_received,
    {{ target_columns() }}
    {{ rank_columns() }}
    {{ release_columns() }}
    {{ ranking_joins(ref("fct_am_periods"), "AM", "am_id", ranked_metrics) }}
left join
    {{ ref("fct_am_archetypes") }} as archetypes
    on facts.period_type = archetypes.period_type
    and facts.period_start = archetypes.period_start
    and facts.am_id = archetypes.am_id
-- Empty where invoices were never delivered.
where context.has_invoices
