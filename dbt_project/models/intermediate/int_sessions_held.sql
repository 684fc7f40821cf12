with
    sessions as (select * from {{ ref("stg_coaching_sessions") }}),
    roles as (select user_id, role, valid_from, valid_to from {{ ref("int_role_spells") }})
select
    period_months.period_type,
    period_months.period_start,
    sessions.coach_id as user_id,
    {% for role in ["SDR", "AE", "AM"] -%}
        cast(count(case when roles.role = '{{ role }}' then 1 end) as bigint) as {{ role | lower }}_sessions
        {%- if not loop.last %},{% endif %}
    {% endfor %}
from sessions
inner join
    roles
    on sessions.coachee_id = roles.user_id
    and sessions.held_on >= roles.valid_from
    and sessions.held_on < roles.valid_to
inner join
    {{ ref("int_period_months") }} as period_months
    on {{ month_of("sessions.held_on") }} = period_months.month_start
group by period_months.period_type, period_months.period_start, sessions.coach_id
