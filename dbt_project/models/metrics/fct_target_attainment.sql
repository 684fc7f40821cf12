with
    context as (select * from {{ ref("stg_context") }}),
    metrics as (select role, metric, label, needs from {{ ref("metrics") }}),
    months as (
        select
            monthly.*,
            {{ add_months("monthly.month_start", 1) }} - 1 <= context.as_of as is_complete,
            metrics.label,
            {{ entity_missing("metrics.needs") }} as is_entity_missing
        from {{ ref("int_monthly_targets") }} as monthly
        cross join context
        left join metrics on monthly.role = metrics.role and monthly.metric = metrics.metric
    ),
    measured as (
        select
            months.*,
            case
                when not months.is_additive
                then months.target
                else months.target * months.days_in_role / months.days_in_month * months.ramp_factor
            end as target_prorated,
            case
                when months.role is null
                then 'unknown_metric'
                when months.is_entity_missing
                then 'entity_missing'
            end as not_available_reason,
            case
                when not months.is_entity_missing and months.is_additive
                -- Somebody without a row in the month did nothing that counts.
                then coalesce(actuals.value, 0)
                when not months.is_entity_missing
                then actuals.value
            end as actual
        from months
        left join
            {{ ref("fct_metric_values") }} as actuals
            on actuals.period_type = 'month'
            and months.role = actuals.role
            and months.month_start = actuals.period_start
            and months.user_id = actuals.user_id
            and months.metric = actuals.metric
    ),
    running as (
        select
            measured.*,
            case
                when not is_complete and is_additive
                then {{ safe_ratio("actual * days_in_role", "days_to_date") }}
                else actual
            end as run_rate
        from measured
    )
select
    month_start,
    is_complete,
    user_id,
    metric,
    role,
    label,
    target,
    is_additive,
    days_in_month,
    days_in_role,
    ramp_factor,
    target_prorated,
    actual,
    {{ safe_ratio("actual", "target_prorated") }} as attainment,
    run_rate,
    {{ safe_ratio("run_rate", "target_prorated") }} as run_rate_attainment,
    not_available_reason
from running
