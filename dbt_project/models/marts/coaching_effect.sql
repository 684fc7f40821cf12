-- So few say little, whatever their interval: their spread is itself a guess.
{% set few_episodes = 5 %}
with
    effects as (select * from {{ ref("fct_coaching_effects") }}),
    metrics as (select role, metric, label, needs from {{ ref("metrics") }}),
    users as (select user_id, full_name from {{ ref("stg_users") }}),
    context as (select * from {{ ref("stg_context") }})
select
    effects.coach_id,
    {{ display_name("effects.coach_id", "users.full_name") }} as coach_name,
    effects.metric,
    metrics.label,
    effects.coach_role,
    effects.coachee_role,
    effects.sessions,
    effects.coachees,
    effects.episodes,
    effects.peers,
    effects.minutes,
    effects.first_session_on,
    effects.last_session_on,
    effects.pre_mean,
    effects.post_mean,
    effects.naive_change,
    effects.peer_change,
    effects.effect,
    effects.effect_se,
    effects.effect_shrunk,
    effects.effect_low,
    effects.effect_high,
    effects.tier,
    case
        when effects.metric not in {{ dated_metrics() }}
        then
            'association: sessions are counted only, as the metric is not made of events that each have their day and cannot be cut around a session'
        when {{ entity_missing("metrics.needs") }}
        then 'association: what the metric is made of was never delivered'
        when effects.episodes = 0
        then
            'association: no session was the first in {{ episode_days() }} days with {{ episode_days() }} days gone by since'
        when effects.compared_episodes = 0
        then
            'association: no episode can be compared, for want of cases before and after it or of uncoached colleagues'
        when effects.compared_episodes = 1
        then 'association: a single episode that can be compared has no error that could be known'
        when effects.compared_episodes < {{ few_episodes }}
        then
            'association, not proof: only '
            || cast(effects.compared_episodes as string)
            || ' episodes can be compared, and their spread is itself a guess'
        when effects.stand_in_episodes > 0
        then
            'association, not proof: for '
            || cast(effects.stand_in_episodes as string)
            || ' of '
            || cast(effects.compared_episodes as string)
            || ' episodes all like the coachee were coached, and the rest of the role stands in'
        else 'association, not proof: who was coached, by whom and when, was not drawn by lot'
    end as caveat,
    {{ release_columns() }}
from effects
left join metrics on effects.coachee_role = metrics.role and effects.metric = metrics.metric
left join users on effects.coach_id = users.user_id
cross join context
