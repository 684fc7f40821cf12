with
    context as (select release_id, built_at from {{ ref("stg_context") }}),
    criteria as (select * from {{ ref("fct_acceptance_criteria") }}),
    members as (
        select period_type, period_start, user_id, team from {{ ref("int_role_members") }} where role = 'AE'
    ),
    users as (select user_id, full_name from {{ ref("stg_users") }})
select
    criteria.period_type,
    criteria.period_start,
    periods.period_end,
    periods.is_complete,
    criteria.ae_id,
    {{ display_name("criteria.ae_id", "users.full_name") }} as full_name,
    members.team,
    criteria.criterion,
    criteria.decided_met,
    criteria.accepted_met,
    criteria.decided_unmet,
    criteria.accepted_unmet,
    criteria.acceptance_met,
    criteria.acceptance_unmet,
    criteria.difference,
    context.release_id,
    context.built_at as updated_at
from criteria
inner join
    {{ ref("int_periods") }} as periods
    on criteria.period_type = periods.period_type
    and criteria.period_start = periods.period_start
left join
    members
    on criteria.period_type = members.period_type
    and criteria.period_start = members.period_start
    and criteria.ae_id = members.user_id
left join users on criteria.ae_id = users.user_id
cross join context
