with
    quarters as (
        select period_start, row_number() over (order by period_start desc) as age
        from {{ ref("int_periods") }}
        where period_type = 'quarter' and is_complete
    ),
    recent as (
        select estimates.*, quarters.age
        from {{ ref("fct_metric_estimates") }} as estimates
        inner join quarters using (period_start)
        where estimates.period_type = 'quarter' and quarters.age <= 4
    ),
    counted as (
        select
            role,
            metric,
            user_id,
            count(case when tier = 'clearly_above' then 1 end) as quarters_above,
            count(case when tier = 'clearly_below' then 1 end) as quarters_below
        from recent
        group by role, metric, user_id
    )
select
    counted.role,
    counted.metric,
    counted.user_id,
    latest.period_start as quarter_start,
    counted.quarters_above,
    counted.quarters_below,
    recent.direction,
    recent.numerator,
    recent.denominator,
    recent.value,
    recent.shrunk,
    recent.sd,
    recent.low,
    recent.high,
    recent.role_mean,
    recent.tier
from counted
inner join quarters as latest on latest.age = 1
left join
    recent
    on counted.role = recent.role
    and counted.metric = recent.metric
    and counted.user_id = recent.user_id
    and recent.age = 1
