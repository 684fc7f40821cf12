-- The mission's bar for a strength: clearly above the role's mean in three of the last four complete
-- quarters.
{% set least_quarters_above = 3 %}
with
    people as (select * from {{ ref("int_current_roles") }}),
    standings as (select * from {{ ref("fct_quarter_standings") }}),
    strengths as (
        select standings.*, coalesce(counters.tier = 'clearly_below', false) as is_one_sided
        from standings
        inner join people using (role, user_id)
        left join
            {{ ref("metrics") }} as metrics
            on standings.role = metrics.role
            and standings.metric = metrics.metric
        left join
            standings as counters
            on metrics.role = counters.role
            and metrics.counter_metric = counters.metric
            and standings.user_id = counters.user_id
        where standings.quarters_above >= {{ least_quarters_above }}
    ),
    needs as (
        select needs.* from {{ ref("fct_coaching_needs") }} as needs inner join people using (role, user_id)
    ),
    topics as (
        select coach_role, metric, coachee_role, coachee_metric
        from {{ ref("coaching_topics") }}
        union
        select role, metric, role, metric
        from {{ ref("metrics") }}
    ),
    managed as (select distinct user_id, manager_id from people where manager_id is not null),
    met as (
        select sessions.coach_id, sessions.coachee_id, count(*) as sessions_together
        from {{ ref("stg_coaching_sessions") }} as sessions
        cross join {{ ref("stg_context") }} as context
        where sessions.held_on > {{ add_days("context.as_of", -180) }}
        group by sessions.coach_id, sessions.coachee_id
    ),
    effects as (select coach_id, metric, effect_shrunk, episodes from {{ ref("fct_coaching_effects") }}),
    matches as (
        select
            strengths.user_id,
            strengths.role,
            strengths.metric,
            needs.user_id as coachee_id,
            needs.role as coachee_role,
            needs.metric as coachee_metric,
            case
                when strengths.role = needs.role
                then 'peer'
                else lower(strengths.role) || '_to_' || lower(needs.role)
            end as match_kind,
            needs.basis,
            needs.reject_reason,
            needs.reject_lift,
            strengths.quarter_start,
            strengths.quarters_above,
            strengths.shrunk as coach_shrunk,
            case when strengths.direction = 'lower' then strengths.high else strengths.low end as coach_low,
            strengths.role_mean as coach_role_mean,
            strengths.sd as coach_sd,
            strengths.is_one_sided,
            coachees.shrunk as coachee_shrunk,
            case when coachees.direction = 'lower' then coachees.low else coachees.high end as coachee_high,
            coachees.role_mean as coachee_role_mean,
            case
                when coachees.direction = 'lower'
                then coachees.shrunk - coachees.role_mean
                else coachees.role_mean - coachees.shrunk
            end as gap,
            effects.effect_shrunk as past_effect,
            effects.episodes as past_episodes,
            coalesce(met.sessions_together, 0) as sessions_together
        from strengths
        inner join topics on strengths.role = topics.coach_role and strengths.metric = topics.metric
        inner join
            needs
            on topics.coachee_role = needs.role
            and topics.coachee_metric = needs.metric
            and strengths.user_id <> needs.user_id
        left join managed on needs.user_id = managed.user_id and strengths.user_id = managed.manager_id
        left join
            standings as coachees
            on needs.role = coachees.role
            and needs.metric = coachees.metric
            and needs.user_id = coachees.user_id
        left join met on strengths.user_id = met.coach_id and needs.user_id = met.coachee_id
        left join effects on strengths.user_id = effects.coach_id and needs.metric = effects.metric
        where managed.user_id is null
    )
select
    user_id,
    role,
    metric,
    coachee_id,
    coachee_role,
    coachee_metric,
    match_kind,
    basis,
    reject_reason,
    reject_lift,
    quarter_start,
    quarters_above,
    coach_shrunk,
    coach_low,
    coach_role_mean,
    coachee_shrunk,
    coachee_high,
    coachee_role_mean,
    gap,
    past_effect,
    past_episodes,
    sessions_together,
    is_one_sided,
    -- Who is good at the one thing by being bad at the other comes last. Whose coaching has moved this
    -- metric before comes first, then whose strength is steadier, then greater.
    row_number() over (
        partition by coachee_id, coachee_metric
        order by
            is_one_sided,
            coalesce(past_effect, 0) desc,
            quarters_above desc,
            coalesce(abs(coach_shrunk - coach_role_mean) / nullif(coach_sd, 0), 0) desc,
            user_id,
            metric
    ) as priority
from matches
