{% set groups = ["role", "period_type", "period_start", "metric"] %}
with
    estimates as (select * from {{ ref("fct_metric_estimates") }}),
    members as (
        select role, period_type, period_start, user_id, in_role_at_end, tenure_days
        from {{ ref("int_role_members") }}
    ),
    metrics as (select role, metric, min_n, min_tenure_days from {{ ref("metrics") }}),
    mixes as (
        select
            'AE' as role,
            'close_rate_adjusted' as metric,
            period_type,
            period_start,
            ae_id as user_id,
            coalesce(mix_identified, false) as mix_identified
        from {{ ref("fct_ae_periods") }}
    ),
    judged as (
        -- The first reason that holds. An amount of fewer than two accounts has no standard error.
        select
            {{ groups | join(", ") }},
            user_id,
            case
                when estimates.direction = 'lower' then - estimates.shrunk else estimates.shrunk
            end as worth,
            estimates.sd,
            case
                when members.user_id is null
                then 'no_assignment'
                when not members.in_role_at_end
                then 'not_in_role_at_end'
                when members.tenure_days < metrics.min_tenure_days
                then 'below_min_tenure'
                when
                    coalesce(estimates.n, 0) <= 0
                    or estimates.n < metrics.min_n
                    or estimates.shrunk is null
                    or (estimates.kind = 'amount' and estimates.standard_error is null)
                then 'below_min_n'
                when not coalesce(mixes.mix_identified, true)
                then 'mix_not_identified'
            end as not_ranked_reason
        from estimates
        inner join metrics using (role, metric)
        left join members using (role, period_type, period_start, user_id)
        left join mixes using ({{ groups | join(", ") }}, user_id)
    ),
    ranked as (select * from judged where not_ranked_reason is null),
    places as ({{ rank_intervals("ranked", groups, "user_id", "worth", "sd") }}),
    counts as (
        select {{ groups | join(", ") }}, count(*) as ranked_count
        from ranked
        group by {{ groups | join(", ") }}
    )
select
    judged.role,
    judged.period_type,
    judged.period_start,
    judged.user_id,
    judged.metric,
    judged.not_ranked_reason is null as is_ranked,
    judged.not_ranked_reason,
    places.rank,
    places.rank_low,
    places.rank_high,
    places.expected_rank,
    coalesce(counts.ranked_count, 0) as ranked_count,
    before.rank as previous_rank
from judged
left join places using ({{ groups | join(", ") }}, user_id)
left join counts using ({{ groups | join(", ") }})
left join {{ ref("int_periods") }} as periods using (period_type, period_start)
left join
    places as before
    on judged.role = before.role
    and judged.period_type = before.period_type
    and periods.previous_start = before.period_start
    and judged.metric = before.metric
    and judged.user_id = before.user_id
