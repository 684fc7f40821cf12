with
    episodes as (select * from {{ ref("int_coaching_episodes") }} where is_complete),
    baselines as (select * from {{ ref("fct_baseline_changes") }}),
    peers as (select * from baselines where change is not null and not is_coached),
    thirds as (
        select
            role, metric, held_on, tercile, count(*) as peers, {{ exact_sum("change") }} / count(*) as change
        from peers
        group by role, metric, held_on, tercile
    ),
    everybody as (
        select role, metric, held_on, count(*) as peers, {{ exact_sum("change") }} / count(*) as change
        from peers
        group by role, metric, held_on
    )
select
    episodes.coachee_role,
    episodes.metric,
    episodes.coachee_id,
    episodes.held_on,
    episodes.coach_id,
    baselines.value_before,
    baselines.value_after,
    baselines.shrunk_before,
    baselines.change,
    -- Where the whole third was coached, everybody else stands in: a baseline drawn to the mean is fair to
    -- any third.
    thirds.peers is null as is_stand_in,
    coalesce(thirds.peers, everybody.peers) as peers,
    coalesce(thirds.change, everybody.change) as peer_change,
    baselines.change - coalesce(thirds.change, everybody.change) as effect
from episodes
inner join
    baselines
    on episodes.coachee_role = baselines.role
    and episodes.metric = baselines.metric
    and episodes.held_on = baselines.held_on
    and episodes.coachee_id = baselines.user_id
inner join
    everybody
    on episodes.coachee_role = everybody.role
    and episodes.metric = everybody.metric
    and episodes.held_on = everybody.held_on
left join
    thirds
    on baselines.role = thirds.role
    and baselines.metric = thirds.metric
    and baselines.held_on = thirds.held_on
    and baselines.tercile = thirds.tercile
where baselines.change is not null
