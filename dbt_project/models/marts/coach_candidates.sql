with
    matches as (select * from {{ ref("fct_coach_matches") }}),
    people as (select user_id, role, team from {{ ref("int_current_roles") }}),
    users as (select user_id, full_name from {{ ref("stg_users") }}),
    context as (select release_id, built_at from {{ ref("stg_context") }})
select
    matches.user_id,
    {{ display_name("matches.user_id", "coaches.full_name") }} as full_name,
    matches.role,
    coach_roles.team,
    matches.metric,
    matches.coachee_id,
    {{ display_name("matches.coachee_id", "coachees.full_name") }} as coachee_name,
    matches.coachee_role,
    coachee_roles.team as coachee_team,
    matches.coachee_metric,
    matches.match_kind,
    matches.basis,
    matches.reject_reason,
    matches.reject_lift,
    matches.quarter_start,
    matches.quarters_above,
    matches.coach_shrunk,
    matches.coach_low,
    matches.coach_role_mean,
    matches.coachee_shrunk,
    matches.coachee_high,
    matches.coachee_role_mean,
    matches.gap,
    matches.past_effect,
    matches.past_episodes,
    matches.sessions_together,
    matches.priority,
    {{ release_columns() }}
from matches
inner join people as coach_roles on matches.user_id = coach_roles.user_id and matches.role = coach_roles.role
inner join
    people as coachee_roles
    on matches.coachee_id = coachee_roles.user_id
    and matches.coachee_role = coachee_roles.role
left join users as coaches on matches.user_id = coaches.user_id
left join users as coachees on matches.coachee_id = coachees.user_id
cross join context
