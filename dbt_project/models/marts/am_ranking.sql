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
    facts.nrr,
    facts.grr,
    facts.logo_retention,
    {{ if_delivered(["coaching_sessions"], "coalesce(sessions.sessions_received, 0)") }} as sessions_received,
    {{ rank_columns() }}
    {{ release_columns() }}
    {{ ranking_joins(ref("fct_am_periods"), "AM", "am_id") }}
-- Empty where invoices were never delivered.
where context.has_invoices
