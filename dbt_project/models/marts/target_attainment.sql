with
    attainment as (select * from {{ ref("fct_target_attainment") }}),
    context as (select release_id, built_at from {{ ref("stg_context") }})
select
    attainment.month_start as month,
    attainment.is_complete,
    attainment.user_id,
    {{ display_name("attainment.user_id", "users.full_name") }} as full_name,
    members.team,
    members.manager_id,
    members.manager_name,
    coalesce(members.in_role_at_end, false) as in_role_at_end,
    attainment.days_in_role,
    members.tenure_days,
    attainment.metric,
    attainment.role,
    attainment.label,
    attainment.target,
    attainment.is_additive,
    attainment.days_in_month,
    attainment.ramp_factor,
    attainment.target_prorated,
    attainment.actual,
    attainment.attainment,
    attainment.run_rate,
    attainment.run_rate_attainment,
    attainment.not_available_reason,
    context.release_id,
    context.built_at as updated_at
from attainment
cross join context
left join
    {{ ref("int_role_members") }} as members
    on members.period_type = 'month'
    and attainment.role = members.role
    and attainment.month_start = members.period_start
    and attainment.user_id = members.user_id
left join {{ ref("stg_users") }} as users on attainment.user_id = users.user_id
