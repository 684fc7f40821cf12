with
    periods as (select period_type, period_start, previous_start from {{ ref("int_periods") }}),
    members as (select * from {{ ref("int_role_members") }}),
    primaries as (select role, metric, min_n, min_tenure_days from {{ ref("metrics") }} where is_primary),
    measured as (
        select
            'SDR' as role,
            period_type,
            period_start,
            sdr_id as user_id,
            acceptance_rate as value,
            due_leads as n
        from {{ ref("fct_sdr_periods") }}
        union all
        select 'AE', period_type, period_start, ae_id, close_rate, cohort_deals
        from {{ ref("fct_ae_periods") }}
        union all
        select 'AM', period_type, period_start, am_id, upsell_rate, kept_accounts
        from {{ ref("fct_am_periods") }}
    ),
    judged as (
        -- The first reason that holds.
        select
            role,
            measured.period_type,
            measured.period_start,
            measured.user_id,
            measured.value,
            case
                when members.user_id is null
                then 'no_assignment'
                when not members.in_role_at_end
                then 'not_in_role_at_end'
                when members.tenure_days < primaries.min_tenure_days
                then 'below_min_tenure'
                when measured.value is null or measured.n < primaries.min_n
                then 'below_min_n'
            end as not_ranked_reason
        from measured
        inner join primaries using (role)
        left join members using (role, period_type, period_start, user_id)
    ),
    ranked as (
        -- Equal values, to 12 decimals, share a rank.
        select
            role,
            period_type,
            period_start,
            user_id,
            rank() over (partition by role, period_type, period_start order by round(value, 12) desc) as place
        from judged
        where not_ranked_reason is null
    ),
    counts as (
        select role, period_type, period_start, count(*) as ranked_count
        from ranked
        group by role, period_type, period_start
    )
select
    judged.role,
    judged.period_type,
    judged.period_start,
    judged.user_id,
    cast(ranked.place as bigint) as rank,
    coalesce(counts.ranked_count, 0) as ranked_count,
    judged.not_ranked_reason is null as is_ranked,
    judged.not_ranked_reason,
    cast(before.place as bigint) as previous_rank
from judged
inner join periods using (period_type, period_start)
left join ranked using (role, period_type, period_start, user_id)
left join counts using (role, period_type, period_start)
left join
    ranked as before
    on judged.role = before.role
    and judged.period_type = before.period_type
    and periods.previous_start = before.period_start
    and judged.user_id = before.user_id
