with
    sessions as (select * from {{ ref("stg_coaching_sessions") }}),
    roles as (select user_id, role, valid_from, valid_to from {{ ref("int_role_spells") }}),
    metrics as (select role, metric, is_primary from {{ ref("metrics") }}),
    topics as (select * from {{ ref("coaching_topics") }}),
    coaches as (
        select
            sessions.session_id,
            roles.role,
            row_number() over (
                partition by sessions.session_id order by roles.valid_from desc, roles.role
            ) as recency
        from sessions
        inner join
            roles
            on sessions.coach_id = roles.user_id
            and sessions.held_on >= roles.valid_from
            and sessions.held_on < roles.valid_to
    ),
    coached as (
        select
            sessions.session_id,
            sessions.coach_id,
            coalesce(coaches.role, '(none)') as coach_role,
            sessions.coachee_id,
            roles.role as coachee_role,
            sessions.held_on,
            sessions.minutes,
            sessions.kind,
            sessions.topic,
            sessions.notes_url
        from sessions
        inner join
            roles
            on sessions.coachee_id = roles.user_id
            and sessions.held_on >= roles.valid_from
            and sessions.held_on < roles.valid_to
        left join coaches on sessions.session_id = coaches.session_id and coaches.recency = 1
        where roles.role <> 'manager'
    ),
    subjects as (
        select
            coached.*,
            coalesce(named.metric, topics.coachee_metric) as topic_metric,
            primaries.metric as primary_metric
        from coached
        inner join metrics as primaries on coached.coachee_role = primaries.role and primaries.is_primary
        left join metrics as named on coached.coachee_role = named.role and coached.topic = named.metric
        left join
            topics
            on coached.coach_role = topics.coach_role
            and coached.topic = topics.metric
            and coached.coachee_role = topics.coachee_role
    ),
    told as (
        select subjects.*, count(topic_metric) over (partition by session_id) as roles_with_the_topic
        from subjects
    )
select
    session_id,
    coach_id,
    coach_role,
    coachee_id,
    coachee_role,
    held_on,
    minutes,
    kind,
    topic,
    coalesce(topic_metric, primary_metric) as metric,
    notes_url
from told
-- Who holds two roles was coached in the one that the topic speaks of, else in both.
where topic_metric is not null or roles_with_the_topic = 0
