{% set ranked_metrics = [
    "lead_velocity",
    "qualified_lead_rate",
    "qualification_efficiency",
    "acceptance_rate",
    "chain_yield",
] %}
select
    {{ period_columns() }}
    {{ person_columns("sdr_id") }}
    facts.calls,
    facts.touches,
    facts.leads_worked,
    facts.qualified_leads,
    facts.leads_sent,
    facts.strictly_qualified_sent,
    facts.accepted,
    facts.rejected,
    facts.pending,
    facts.overdue,
    facts.won,
    facts.months_in_role,
    facts.lead_velocity,
    {{ shrunk_columns("lead_velocity") }}
    facts.lead_velocity_growth,
    facts.qualified_lead_rate,
    {{ shrunk_columns("qualified_lead_rate") }}
    facts.qualification_efficiency,
    {{ shrunk_columns("qualification_efficiency") }}
    facts.calls_per_qualified_lead,
    facts.due_leads,
    facts.acceptance_rate,
    {{ shrunk_columns("acceptance_rate") }}
    facts.handoffs_decided,
    facts.median_hours_to_decision,
    facts.chain_start,
    facts.chain_end,
    facts.chain_sent,
    facts.chain_won,
    facts.chain_yield,
    {{ shrunk_columns("chain_yield") }}
    facts.sessions_received,
    {{ target_columns() }}
    {{ rank_columns() }}
    {{ release_columns() }}
    {{ ranking_joins(ref("fct_sdr_periods"), "SDR", "sdr_id", ranked_metrics) }}
-- Empty where nothing that an SDR does was ever delivered.
where context.has_activities or context.has_leads or context.has_handoffs
