with
    quarters as ({{ latest_quarter() }}),
    people as (select user_id, role from {{ ref("int_current_roles") }} where role in ('SDR', 'AE', 'AM')),
    standings as (select * from {{ ref("fct_quarter_standings") }}),
    needs as (
        select
            needs.user_id,
            needs.role,
            needs.metric,
            case when needs.basis = 'metric' then 'topic_metric' else 'topic_reason' end as phrase,
            needs.reject_reason as words,
            -- Between needs of one weight the one that can be seen in the records themselves.
            1000 - 1000 * metrics.weight - case when needs.basis = 'metric' then 0 else 1 end as place
        from {{ ref("fct_coaching_needs") }} as needs
        inner join people using (role, user_id)
        inner join {{ ref("metrics") }} as metrics using (role, metric)
    ),
    focuses as (
        select
            focuses.am_id as user_id,
            'AM' as role,
            case
                focuses.coaching_focus
                when 'keep_smaller_clients'
                then 'tail_logo_retention'
                when 'retention'
                then 'grr'
                else 'upsell_rate'
            end as metric,
            'focus_' || focuses.coaching_focus as phrase,
            cast(null as string) as words,
            2000 as place
        from {{ ref("fct_am_archetypes") }} as focuses
        inner join quarters on focuses.period_start = quarters.quarter_start
        inner join people on focuses.am_id = people.user_id and people.role = 'AM'
        where focuses.period_type = 'quarter' and focuses.coaching_focus is not null
    ),
    strengths as (
        select
            standings.user_id,
            standings.role,
            standings.metric,
            'topic_teach' as phrase,
            cast(null as string) as words,
            4000 - 1000 * metrics.weight as place
        from standings
        inner join people using (role, user_id)
        inner join {{ ref("metrics") }} as metrics using (role, metric)
        where standings.tier = 'clearly_above'
    ),
    suggested as (
        select *
        from needs
        union all
        select *
        from focuses
        union all
        select *
        from strengths
    ),
    topics as (
        select
            suggested.*,
            standings.value,
            standings.low,
            standings.high,
            standings.role_mean,
            row_number() over (
                partition by suggested.user_id order by suggested.place, suggested.role, suggested.metric
            ) as nth
        from suggested
        left join standings using (role, metric, user_id)
    ),
    coaches as (
        select matches.*, effects.effect_shrunk, effects.effect_low, effects.effect_high
        from {{ ref("fct_coach_matches") }} as matches
        left join
            {{ ref("fct_coaching_effects") }} as effects
            on matches.user_id = effects.coach_id
            and matches.coachee_metric = effects.metric
        where matches.priority = 1 and not matches.is_one_sided
    )
select
    {{
        brief_line(
            "user_id",
            "role",
            "'topic'",
            "phrase",
            "1",
            metric="metric",
            label_role="role",
            label_metric="metric",
            period_type="'quarter'",
            period_start="quarters.quarter_start",
            value="value",
            low="low",
            high="high",
            peer_value="role_mean",
            words="words",
        )
    }}
from topics
cross join quarters
where nth = 1
union all
select
    {{ brief_line("people.user_id", "min(people.role)", "'topic'", "'topic_none'", "2", is_filler="true") }}
from people
left join topics using (user_id)
where topics.user_id is null
group by people.user_id
union all
select
    {{
        brief_line(
            "topics.user_id",
            "topics.role",
            "'coach'",
            "case when coaches.user_id is null then 'coach_none' when coaches.coach_shrunk is null then 'coach_without_figures' when coaches.effect_shrunk is null then 'coach' else 'coach_with_effect' end",
            "1",
            metric="topics.metric",
            label_role="coalesce(coaches.role, topics.role)",
            label_metric="coalesce(coaches.metric, topics.metric)",
            period_type="'quarter'",
            period_start="quarters.quarter_start",
            value="coaches.coach_shrunk",
            peer_value="coaches.coach_role_mean",
            difference="coaches.effect_shrunk",
            low="coaches.effect_low",
            high="coaches.effect_high",
            whole="coaches.past_episodes",
            number_of="coaches.quarters_above",
            person_id="coaches.user_id",
        )
    }}
from topics
cross join quarters
left join
    coaches
    on topics.user_id = coaches.coachee_id
    and topics.role = coaches.coachee_role
    and topics.metric = coaches.coachee_metric
where topics.nth = 1 and topics.phrase in ('topic_metric', 'topic_reason')
