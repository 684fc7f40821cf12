with
    baseline as (select has_same_definitions from {{ source("night", "baseline") }}),
    figures as (select * from {{ ref("fct_moved_figures") }}),
    causes as (select * from {{ ref("fct_moved_causes") }}),
    counted as (
        select role, metric, period_type, period_start, user_id, cause, sum(change) as change
        from causes
        group by role, metric, period_type, period_start, user_id, cause
    ),
    shaken as (
        -- Where any deal of a cohort moved, what everybody's wins were expected to be moves too.
        select distinct period_type, period_start from causes where metric in ('cohort_deals', 'cohort_won')
    ),
    rest as (
        select
            figures.role,
            figures.metric,
            figures.period_type,
            figures.period_start,
            figures.user_id,
            case
                when figures.metric = 'expected_wins' and shaken.period_type is not null
                then 'peers'
                when not baseline.has_same_definitions
                then 'definition'
                else 'unexplained'
            end as cause,
            figures.value_after - figures.value_before - coalesce(explained.change, 0) as change
        from figures
        cross join baseline
        left join
            (
                select role, metric, period_type, period_start, user_id, cast(sum(change) as double) as change
                from counted
                group by role, metric, period_type, period_start, user_id
            ) as explained using (role, metric, period_type, period_start, user_id)
        left join shaken using (period_type, period_start)
    ),
    changes as (
        select role, metric, period_type, period_start, user_id, cause, sum(change) as change_of_cause
        from
            (
                select
                    role, metric, period_type, period_start, user_id, cause, cast(change as double) as change
                from counted
                union all
                select role, metric, period_type, period_start, user_id, cause, change
                from rest
                where
                    -- A sum of cents in floating point is no exact one.
                    abs(change) >= case when metric = 'expected_wins' then 1e-9 else 0.005 end
            ) as parts
        group by role, metric, period_type, period_start, user_id, cause
    ),
    behind as (
        select
            causes.role,
            causes.metric,
            causes.period_type,
            causes.period_start,
            causes.user_id,
            causes.cause,
            causes.thing,
            coalesce(evidence.entity, causes.thing) as entity,
            coalesce(evidence.record_id, causes.thing_id) as record_id
        from causes
        left join
            {{ ref("fct_moved_evidence") }} as evidence
            on causes.role = evidence.role
            and causes.metric = evidence.metric
            and causes.period_type = evidence.period_type
            and causes.period_start = evidence.period_start
            and causes.thing = evidence.thing
            and causes.thing_id = evidence.thing_id
            and case
                causes.cause
                when 'merged'
                then evidence.is_merge
                when 'deleted'
                then evidence.basis = 'thing' and evidence.change = 'deleted'
                when 'late'
                then evidence.basis = 'thing' and evidence.change = 'new'
                when 're_owned'
                then evidence.basis in ('thing', 'person')
                when 'fx'
                then evidence.basis = 'rate'
                else evidence.basis = 'thing'
            end
    ),
    by_entity as (
        select
            role,
            metric,
            period_type,
            period_start,
            user_id,
            cause,
            entity,
            count(distinct record_id) as records,
            bool_or(entity = thing) as is_thing,
            {{ first_as_json("distinct record_id", 20) }} as record_ids_json
        from behind
        group by role, metric, period_type, period_start, user_id, cause, entity
    ),
    most as (
        select
            by_entity.*,
            row_number() over (
                partition by role, metric, period_type, period_start, user_id, cause
                order by records desc, is_thing desc, entity
            ) as place
        from by_entity
    )
select
    changes.role,
    changes.metric,
    changes.period_type,
    changes.period_start,
    changes.user_id,
    changes.cause,
    figures.full_name_before,
    figures.value_before,
    figures.value_after,
    changes.change_of_cause,
    most.entity,
    coalesce(most.records, 0) as records,
    most.record_ids_json,
    figures.since_release_id
from changes
inner join figures using (role, metric, period_type, period_start, user_id)
left join
    most
    on changes.role = most.role
    and changes.metric = most.metric
    and changes.period_type = most.period_type
    and changes.period_start = most.period_start
    and changes.user_id = most.user_id
    and changes.cause = most.cause
    and most.place = 1
