with
    closed_stages as (
        -- A stage is closed if any version of any deal was delivered with it and closed.
        select distinct stage from {{ ref("stg_opportunity_versions") }} where is_closed
    ),
    history as (
        select
            history.opportunity_id,
            history.changed_at,
            history.owner_id,
            history.expected_close_on,
            closed_stages.stage is not null as is_closed,
            row_number() over (
                partition by history.opportunity_id
                order by
                    history.changed_at,
                    try_cast(history.seq as bigint) nulls last,
                    history.seq nulls last,
                    history.stage
            ) as step
        from {{ ref("stg_opportunity_history") }} as history
        left join closed_stages on history.stage = closed_stages.stage
    ),
    versions as (
        select opportunity_id, updated_at as changed_at, owner_id, is_closed, version_number as step
        from {{ ref("stg_opportunity_versions") }}
    )
select
    'history' as told_by,
    opportunity_id,
    cast(step as bigint) as step,
    changed_at,
    owner_id,
    is_closed,
    expected_close_on
from history
union all
select
    'versions' as told_by,
    opportunity_id,
    cast(step as bigint) as step,
    changed_at,
    owner_id,
    is_closed,
    cast(null as date) as expected_close_on
from versions
