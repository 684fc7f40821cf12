-- What a manager sees at a glance: a quarter of a year.
{% set cadence_days, sessions_told = 90, 2 %}
with
    context as (select as_of, has_coaching_sessions from {{ ref("stg_context") }}),
    people as (
        select user_id, min(role) as role
        from {{ ref("int_current_roles") }}
        where role in ('SDR', 'AE', 'AM')
        group by user_id
    ),
    sessions as (
        select
            sessions.*,
            row_number() over (
                partition by sessions.coachee_id order by sessions.held_on desc, sessions.session_id
            ) as age,
            row_number() over (
                partition by sessions.coachee_id, sessions.kind
                order by sessions.held_on desc, sessions.session_id
            ) as age_of_kind
        from {{ ref("stg_coaching_sessions") }} as sessions
    ),
    recent as (
        select sessions.coachee_id, count(*) as one_on_ones
        from {{ ref("stg_coaching_sessions") }} as sessions
        cross join context
        where
            sessions.kind = 'one_on_one'
            and sessions.held_on > {{ add_days("context.as_of", "-" ~ cadence_days) }}
        group by sessions.coachee_id
    ),
    subjects as (
        select
            session_id,
            coachee_role,
            metric,
            row_number() over (partition by session_id order by coachee_role) as place
        from {{ ref("int_coaching_sessions") }}
    )
select
    {{
        brief_line(
            "people.user_id",
            "people.role",
            "'cadence'",
            "case when not context.has_coaching_sessions then 'sessions_missing' when sessions.session_id is null then 'cadence_never' else 'cadence' end",
            "1",
            value=days_between("sessions.held_on", "context.as_of"),
            number_of="coalesce(recent.one_on_ones, 0)",
            since_on="sessions.held_on",
            person_id="sessions.coach_id",
            shown_as="'number'",
        )
    }}
from people
cross join context
left join
    sessions
    on people.user_id = sessions.coachee_id
    and sessions.kind = 'one_on_one'
    and sessions.age_of_kind = 1
left join recent on people.user_id = recent.coachee_id
union all
select
    {{
        brief_line(
            "people.user_id",
            "people.role",
            "'last_session'",
            "case when subjects.metric is null then 'last_session_without_topic' else 'last_session' end",
            "sessions.age",
            metric="subjects.metric",
            label_role="subjects.coachee_role",
            label_metric="subjects.metric",
            value="sessions.minutes",
            shown_as="'number'",
            since_on="sessions.held_on",
            person_id="sessions.coach_id",
            words="coalesce(sessions.kind, 'session')",
            notes_url="sessions.notes_url",
        )
    }}
from people
inner join sessions on people.user_id = sessions.coachee_id and sessions.age <= {{ sessions_told }}
left join subjects on sessions.session_id = subjects.session_id and subjects.place = 1
