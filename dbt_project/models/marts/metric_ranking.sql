with
    figures as (select * from {{ ref("fct_metric_values") }}),
    counters as (
        select role, period_type, period_start, user_id, metric as counter_metric, value
        from {{ ref("fct_metric_values") }}
        where metric in (select counter_metric from {{ ref("metrics") }})
    ),
    estimates as (select * from {{ ref("fct_metric_estimates") }}),
    ranks as (select * from {{ ref("fct_metric_ranks") }}),
    scores as (select * from {{ ref("fct_metric_scores") }}),
    metrics as (
        select
            role,
            metric,
            label,
            case when kind <> 'descriptive' then weight end as weight,
            case when kind <> 'descriptive' then counter_metric end as counter_metric
        from {{ ref("metrics") }}
    ),
    periods as (select * from {{ ref("int_periods") }}),
    members as (select * from {{ ref("int_role_members") }}),
    users as (select user_id, full_name from {{ ref("stg_users") }}),
    context as (select * from {{ ref("stg_context") }})
select
    figures.role,
    {{ period_columns() }}
    figures.user_id,
    {{ display_name("figures.user_id", "users.full_name") }} as full_name,
    members.team,
    members.manager_id,
    members.manager_name,
    coalesce(members.in_role_at_end, false) as in_role_at_end,
    coalesce(members.days_in_role, 0) as days_in_role,
    members.tenure_days,
    figures.metric,
    metrics.label,
    figures.kind,
    figures.direction,
    figures.numerator,
    figures.denominator,
    figures.value,
    figures.standard_error,
    estimates.role_mean,
    estimates.prior_strength,
    estimates.between_variance,
    estimates.shrunk,
    estimates.sd,
    estimates.low,
    estimates.high,
    coalesce(ranks.is_ranked, false) as is_ranked,
    ranks.not_ranked_reason,
    ranks.rank,
    ranks.rank_low,
    ranks.rank_high,
    ranks.expected_rank,
    ranks.ranked_count,
    estimates.tier,
    metrics.weight,
    scores.z,
    metrics.counter_metric,
    counters.value as counter_value,
    ranks.previous_rank,
    {{ release_columns() }}
from figures
inner join metrics using (role, metric)
inner join periods using (period_type, period_start)
left join members using (role, period_type, period_start, user_id)
left join estimates using (role, period_type, period_start, user_id, metric)
left join ranks using (role, period_type, period_start, user_id, metric)
left join scores using (role, period_type, period_start, user_id, metric)
left join counters using (role, period_type, period_start, user_id, counter_metric)
left join users on figures.user_id = users.user_id
cross join context
-- A role is left out where nothing that it does was ever delivered, as in its own table.
where
    (figures.role = 'SDR' and (context.has_activities or context.has_leads or context.has_handoffs))
    or (figures.role = 'AE' and (context.has_handoffs or context.has_opportunities))
    or (figures.role = 'AM' and context.has_invoices)
