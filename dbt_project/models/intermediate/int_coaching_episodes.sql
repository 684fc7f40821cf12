with
    context as (select as_of from {{ ref("stg_context") }}),
    sessions as (
        select
            coachee_role,
            metric,
            coachee_id,
            held_on,
            coach_id,
            session_id,
            -- Of several on one day the first by id makes the episode, or none does.
            row_number() over (
                partition by coachee_role, metric, coachee_id, held_on order by session_id
            ) as place,
            lag(held_on) over (
                partition by coachee_role, metric, coachee_id order by held_on, session_id
            ) as previous_on
        from {{ ref("int_coaching_sessions") }}
    )
select
    sessions.coachee_role,
    sessions.metric,
    sessions.coachee_id,
    sessions.held_on,
    sessions.coach_id,
    sessions.session_id,
    {{ add_days("sessions.held_on", episode_days()) }} <= context.as_of as is_complete
from sessions
cross join context
where
    sessions.place = 1
    and coalesce({{ days_between("sessions.previous_on", "sessions.held_on") }} > {{ episode_days() }}, true)
