with
    steps as (select * from {{ ref("int_deal_steps") }} where owner_id is not null),
    tellers as (
        -- History decides where it names owners; 'history' sorts before 'versions'.
        select opportunity_id, min(told_by) as told_by from steps group by opportunity_id
    ),
    told as (
        select
            steps.opportunity_id,
            steps.told_by,
            steps.owner_id,
            steps.changed_at,
            row_number() over (partition by steps.opportunity_id order by steps.step) as position,
            lead(steps.changed_at) over (
                partition by steps.opportunity_id order by steps.step
            ) as next_changed_at
        from steps
        inner join
            tellers on steps.opportunity_id = tellers.opportunity_id and steps.told_by = tellers.told_by
    )
select
    opportunity_id,
    cast(position as bigint) as position,
    told_by,
    owner_id,
    case when position = 1 then timestamp '0001-01-01 00:00:00' else changed_at end as owned_from,
    coalesce(next_changed_at, timestamp '9999-12-31 00:00:00') as owned_to
from told
