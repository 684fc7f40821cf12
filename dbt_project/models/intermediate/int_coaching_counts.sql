with
    sessions as (
        select
            coaching.*,
            row_number() over (
                partition by coach_id, metric order by held_on desc, session_id desc, coachee_role
            ) as recency,
            -- A session about two roles of one person stands twice.
            row_number() over (partition by coach_id, metric, session_id order by coachee_role) as telling
        from {{ ref("int_coaching_sessions") }} as coaching
    )
select
    coach_id,
    metric,
    max(case when recency = 1 then coach_role end) as coach_role,
    max(case when recency = 1 then coachee_role end) as coachee_role,
    count(case when telling = 1 then 1 end) as sessions,
    count(distinct coachee_id) as coachees,
    cast(sum(case when telling = 1 then minutes end) as bigint) as minutes,
    min(held_on) as first_session_on,
    max(held_on) as last_session_on
from sessions
group by coach_id, metric
