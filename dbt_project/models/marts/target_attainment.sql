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
    running.month_start as month,
    running.is_complete,
    running.user_id,
    {{ display_name("running.user_id", "users.full_name") }} as full_name,
    members.team,
    members.manager_id,
    members.manager_name,
    coalesce(members.in_role_at_end, false) as in_role_at_end,
    running.days_in_role,
    members.tenure_days,
    running.metric,
    running.role,
    running.label,
    running.target,
    running.is_additive,
    running.days_in_month,
    running.ramp_factor,
    running.target_prorated,
    running.actual,
    {{ safe_ratio("running.actual", "running.target_prorated") }} as attainment,
    running.run_rate,
    {{ safe_ratio("running.run_rate", "running.target_prorated") }} as run_rate_attainment,
    running.not_available_reason,
    context.release_id,
    context.built_at as updated_at
from running
cross join context
left join
    {{ ref("int_role_members") }} as members
    on members.period_type = 'month'
    and running.role = members.role
    and running.month_start = members.period_start
    and running.user_id = members.user_id
left join {{ ref("stg_users") }} as users on running.user_id = users.user_id
