with
    context as (select * from {{ ref("stg_context") }}),
    metrics as (
        select metrics.role, metrics.metric
        from {{ ref("metrics") }} as metrics
        cross join context
        where metrics.metric in {{ dated_metrics() }} and not {{ entity_missing("metrics.needs") }}
    ),
    days as (
        select distinct episodes.coachee_role as role, episodes.metric, episodes.held_on
        from {{ ref("int_coaching_episodes") }} as episodes
        inner join metrics on episodes.coachee_role = metrics.role and episodes.metric = metrics.metric
        where episodes.is_complete
    ),
    people as (
        select
            days.role,
            days.metric,
            days.held_on,
            spells.user_id,
            bool_or(days.held_on < spells.valid_to) as is_in_role
        from days
        inner join
            {{ ref("int_role_spells") }} as spells
            on days.role = spells.role
            and spells.valid_from < days.held_on
            and spells.valid_to > {{ add_days("days.held_on", "-" ~ episode_days()) }}
        group by days.role, days.metric, days.held_on, spells.user_id
    ),
    coached as (
        select distinct people.role, people.metric, people.held_on, people.user_id
        from people
        inner join
            {{ ref("int_coaching_sessions") }} as sessions
            on people.role = sessions.coachee_role
            and people.metric = sessions.metric
            and people.user_id = sessions.coachee_id
            and sessions.held_on >= {{ add_days("people.held_on", "-" ~ episode_days()) }}
            and sessions.held_on <= people.held_on
    )
select
    people.role,
    people.metric,
    people.held_on,
    people.user_id,
    people.is_in_role,
    coached.user_id is not null as is_coached
from people
left join coached using (role, metric, held_on, user_id)
