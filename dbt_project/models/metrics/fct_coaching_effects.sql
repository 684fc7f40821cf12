with
    metrics as (select role, metric, direction from {{ ref("metrics") }}),
    episodes as (
        select coach_id, metric, count(*) as episodes
        from {{ ref("int_coaching_episodes") }}
        where is_complete
        group by coach_id, metric
    ),
    coaches as (
        select
            coach_id,
            metric,
            count(*) as compared_episodes,
            count(case when is_stand_in then 1 end) as stand_in_episodes,
            cast(sum(peers) as bigint) as peers,
            {% for mean, column in {
                "pre_mean": "value_before",
                "post_mean": "value_after",
                "peer_change": "peer_change",
                "effect": "effect",
            }.items() -%}
                {{ exact_sum(column) }} / count(*) as {{ mean }}{% if not loop.last %}, {% endif %}
            {% endfor %}
        from {{ ref("fct_episode_changes") }}
        group by coach_id, metric
    ),
    errors as (
        select
            coaches.coach_id,
            coaches.metric,
            coaches.effect,
            coaches.compared_episodes,
            {{ exact_sum("(changes.effect - coaches.effect) * (changes.effect - coaches.effect)") }}
            / (coaches.compared_episodes - 1)
            / coaches.compared_episodes as squared_error
        from coaches
        inner join {{ ref("fct_episode_changes") }} as changes using (coach_id, metric)
        where coaches.compared_episodes > 1
        group by coaches.coach_id, coaches.metric, coaches.effect, coaches.compared_episodes
    ),
    truths as (
        select
            metric,
            greatest({{ exact_sum("effect * effect - squared_error") }} / count(*), 1e-4) as true_variance
        from errors
        group by metric
    ),
    shrunk as (
        select
            errors.coach_id,
            errors.metric,
            sqrt(errors.squared_error) as effect_se,
            errors.effect
            * truths.true_variance
            / (truths.true_variance + errors.squared_error) as effect_shrunk,
            sqrt(
                truths.true_variance * errors.squared_error / (truths.true_variance + errors.squared_error)
            ) as sd
        from errors
        inner join truths using (metric)
    ),
    intervals as (
        select
            shrunk.*,
            effect_shrunk - {{ z_of_interval() }} * sd as effect_low,
            effect_shrunk + {{ z_of_interval() }} * sd as effect_high
        from shrunk
    )
select
    counts.coach_id,
    counts.metric,
    counts.coach_role,
    counts.coachee_role,
    counts.sessions,
    counts.coachees,
    counts.minutes,
    counts.first_session_on,
    counts.last_session_on,
    coalesce(episodes.episodes, 0) as episodes,
    coalesce(coaches.compared_episodes, 0) as compared_episodes,
    coalesce(coaches.stand_in_episodes, 0) as stand_in_episodes,
    coalesce(coaches.peers, 0) as peers,
    coaches.pre_mean,
    coaches.post_mean,
    coaches.post_mean - coaches.pre_mean as naive_change,
    coaches.peer_change,
    coaches.effect,
    intervals.effect_se,
    intervals.effect_shrunk,
    intervals.effect_low,
    intervals.effect_high,
    case
        when metrics.direction = 'lower'
        then {{ tier("-intervals.effect_high", "-intervals.effect_low", "0e0") }}
        else {{ tier("intervals.effect_low", "intervals.effect_high", "0e0") }}
    end as tier
from {{ ref("int_coaching_counts") }} as counts
left join metrics on counts.coachee_role = metrics.role and counts.metric = metrics.metric
left join episodes on counts.coach_id = episodes.coach_id and counts.metric = episodes.metric
left join coaches on counts.coach_id = coaches.coach_id and counts.metric = coaches.metric
left join intervals on counts.coach_id = intervals.coach_id and counts.metric = intervals.metric
