{% set groups = ["role", "period_type", "period_start", "metric"] %}
with
    weights as (
        select role, metric, direction, weight, is_primary from {{ ref("metrics") }} where weight > 0
    ),
    people as (
        select role, period_type, period_start, user_id, metric as compared_by
        from {{ ref("fct_role_eligibility") }}
        where not_ranked_reason is null
    ),
    estimates as (select * from {{ ref("fct_metric_estimates") }}),
    counted as (
        select
            people.role,
            people.period_type,
            people.period_start,
            people.user_id,
            weights.metric,
            weights.weight,
            case when weights.direction = 'lower' then - estimates.shrunk else estimates.shrunk end as worth,
            estimates.sd,
            estimates.n > 0 as has_data
        from people
        inner join weights using (role)
        left join
            estimates
            on people.role = estimates.role
            and people.period_type = estimates.period_type
            and people.period_start = estimates.period_start
            and people.user_id = estimates.user_id
            and case when weights.is_primary then people.compared_by else weights.metric end
            = estimates.metric
    ),
    means as (
        select {{ groups | join(", ") }}, {{ exact_sum("worth") }} / count(worth) as mean
        from counted
        group by {{ groups | join(", ") }}
    ),
    deviations as (
        select counted.*, worth - mean as deviation
        from counted
        inner join means using ({{ groups | join(", ") }})
    ),
    spreads as (
        select
            {{ groups | join(", ") }},
            sqrt({{ exact_sum("deviation * deviation") }} / count(deviation)) as spread
        from deviations
        group by {{ groups | join(", ") }}
    )
select
    role,
    period_type,
    period_start,
    user_id,
    metric,
    weight,
    -- Squares are added up to 18 decimals, so that what rounding alone sets apart has no spread.
    case when has_data and spread > 0 then deviation / spread else 0e0 end as z,
    case when spread > 0 then sd / spread else 0e0 end as z_sd
from deviations
inner join spreads using ({{ groups | join(", ") }})
