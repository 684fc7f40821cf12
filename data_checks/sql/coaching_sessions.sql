-- Sessions of each coach, as staged and as published. One may be about several roles of the person coached, then of several metrics.
with
    staged as (
        select coach_id, count(distinct session_id) as least, count(distinct session_id || '|' || role) as most
        from staging.stg_coaching_sessions
        inner join staging.stg_assignments on coachee_id = user_id
            and held_on >= valid_from
            and held_on < coalesce(valid_to, date '9999-12-31')
        where role <> 'manager'
        group by coach_id
    ),
    published as (select coach_id, sum(sessions) as sessions from main.coaching_effect group by coach_id)
select
    coach_id,
    staged.most,
    published.sessions,
    coalesce(published.sessions not between staged.least and staged.most, true) as is_offending
from staged
full join published using (coach_id)
