with
    headlines as (select role, metric, is_additive from {{ ref("metrics") }} where is_headline_target),
    actuals as (
        select
            headlines.role,
            actuals.period_type,
            actuals.period_start,
            actuals.user_id,
            headlines.metric,
            headlines.is_additive,
            actuals.value
        from {{ ref("fct_metric_values") }} as actuals
        inner join headlines on actuals.role = headlines.role and actuals.metric = headlines.metric
    ),
    months as (
        select
            monthly.role,
            period_months.period_type,
            period_months.period_start,
            monthly.user_id,
            extract(month from monthly.month_start) as month_number,
            monthly.target,
            monthly.days_in_month,
            monthly.days_to_date,
            monthly.ramp_factor
        from {{ ref("int_monthly_targets") }} as monthly
        inner join headlines on monthly.role = headlines.role and monthly.metric = headlines.metric
        inner join
            {{ ref("int_period_months") }} as period_months on monthly.month_start = period_months.month_start
    ),
    targets as (
        -- A period holds each month once: added up month by month, since a sum of fractions would depend on
        -- the order of its terms.
        select
            role,
            period_type,
            period_start,
            user_id,
            {% for month in range(1, 13) -%}
                coalesce(
                    max(
                        case
                            when month_number = {{ month }}
                            then target * days_to_date / days_in_month * ramp_factor
                        end
                    ),
                    0
                )
                {%- if not loop.last %} + {% endif %}
            {%- endfor %} as sum_of_targets,
            {% for month in range(1, 13) -%}
                coalesce(max(case when month_number = {{ month }} then target * days_to_date end), 0)
                {%- if not loop.last %} + {% endif %}
            {%- endfor %} as target_days,
            sum(days_to_date) as days_to_date
        from months
        group by role, period_type, period_start, user_id
    ),
    aimed as (
        select
            actuals.role,
            actuals.period_type,
            actuals.period_start,
            actuals.user_id,
            actuals.metric as target_metric,
            case
                when actuals.is_additive
                then targets.sum_of_targets
                else {{ safe_ratio("targets.target_days", "targets.days_to_date") }}
            end as target,
            actuals.value as target_actual
        from actuals
        left join
            targets
            on actuals.role = targets.role
            and actuals.period_type = targets.period_type
            and actuals.period_start = targets.period_start
            and actuals.user_id = targets.user_id
    )
select
    role,
    period_type,
    period_start,
    user_id,
    target_metric,
    target,
    target_actual,
    {{ safe_ratio("target_actual", "target") }} as attainment
from aimed
