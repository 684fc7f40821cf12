with sessions as (select * from {{ ref("stg_coaching_sessions") }})
select
    period_months.period_type,
    period_months.period_start,
    sessions.coachee_id as user_id,
    cast(count(*) as bigint) as sessions_received
from sessions
inner join
    {{ ref("int_period_months") }} as period_months
    on {{ month_of("sessions.held_on") }} = period_months.month_start
group by period_months.period_type, period_months.period_start, sessions.coachee_id
