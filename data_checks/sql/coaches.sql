-- Straight from staging: who holds which role on D, and who is whose manager.
with
    holding as (
        select user_id, role, manager_id
        from staging.stg_assignments
        cross join night.context
        where valid_from <= as_of and (valid_to is null or valid_to > as_of)
    ),
    gone as (
        select user_id
        from staging.stg_users
        cross join night.context
        where is_active is false or left_on <= as_of
    )
select
    user_id,
    metric,
    coachee_id,
    coachee_metric,
    user_id = coachee_id
    or (user_id, role) not in (select user_id, role from holding)
    or (coachee_id, coachee_role) not in (select user_id, role from holding)
    or user_id in (select user_id from gone)
    or coachee_id in (select user_id from gone)
    or (coachee_id, user_id) in (select user_id, manager_id from holding where manager_id is not null) as is_offending
from main.coach_candidates
