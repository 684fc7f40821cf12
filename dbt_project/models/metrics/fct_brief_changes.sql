-- Long enough for cases, short enough to be the time before this session and not before another year.
{% set before_days, sessions_days = 60, 365 %}
with
    context as (select as_of, has_coaching_sessions from {{ ref("stg_context") }}),
    -- What is made of dated cases, so that it can be cut at a session.
    dated as (
        select role, metric, min_n
        from {{ ref("metrics") }}
        where (role = 'SDR' and metric = 'acceptance_rate') or (role = 'AE' and metric = 'close_rate_decided')
    ),
    people as (select user_id, role from {{ ref("int_current_roles") }}),
    sessions as (
        select distinct
            people.user_id,
            people.role,
            dated.metric,
            dated.min_n,
            sessions.held_on,
            {{ add_days("sessions.held_on", "-" ~ before_days) }} as before_from
        from people
        inner join dated using (role)
        inner join {{ ref("stg_coaching_sessions") }} as sessions on people.user_id = sessions.coachee_id
        cross join context
        where sessions.held_on > {{ add_days("context.as_of", "-" ~ sessions_days) }}
    ),
    counted as (
        select
            sessions.user_id,
            sessions.role,
            sessions.metric,
            sessions.min_n,
            sessions.held_on,
            sum(case when events.on_date < sessions.held_on then events.numerator else 0e0 end) as k_before,
            sum(case when events.on_date < sessions.held_on then events.denominator else 0e0 end) as n_before,
            sum(case when events.on_date > sessions.held_on then events.numerator else 0e0 end) as k_after,
            sum(case when events.on_date > sessions.held_on then events.denominator else 0e0 end) as n_after
        from sessions
        inner join
            {{ ref("int_daily_events") }} as events
            on sessions.role = events.role
            and sessions.metric = events.metric
            and sessions.user_id = events.user_id
            and sessions.before_from <= events.on_date
        group by sessions.user_id, sessions.role, sessions.metric, sessions.min_n, sessions.held_on
    ),
    latest as (
        select counted.*, row_number() over (partition by user_id, role order by held_on desc) as age
        from counted
        where n_before >= min_n and n_after >= min_n
    ),
    compared as (
        select
            latest.*,
            k_before / n_before as before_share,
            k_after / n_after as after_share,
            (k_after + 1) / (n_after + 2) as after_eased,
            (k_before + 1) / (n_before + 2) as before_eased
        from latest
        where age = 1
    ),
    intervals as (
        select
            compared.*,
            after_eased - before_eased - {{ z_of_interval() }} * {{ eased_sd() }} as low,
            after_eased - before_eased + {{ z_of_interval() }} * {{ eased_sd() }} as high
        from compared
    )
select
    {{
        brief_line(
            "user_id",
            "role",
            "'change'",
            "case when low > 0 then 'change_better' when high < 0 then 'change_worse' else 'change_noise' end",
            "1",
            metric="metric",
            label_role="role",
            label_metric="metric",
            value="after_share",
            peer_value="before_share",
            part="k_after",
            whole="n_after",
            difference="after_share - before_share",
            low="low",
            high="high",
            since_on="held_on",
        )
    }}
from intervals
union all
select
    {{
        brief_line(
            "people.user_id",
            "people.role",
            "'change'",
            "case when dated.metric is null then 'change_undated' else 'change_few' end",
            "2",
            metric="dated.metric",
            label_role="people.role",
            label_metric="dated.metric",
            number_of="dated.min_n",
        )
    }}
from people
cross join context
left join dated using (role)
left join intervals using (user_id, role)
where context.has_coaching_sessions and intervals.user_id is null and people.role in ('SDR', 'AE', 'AM')
