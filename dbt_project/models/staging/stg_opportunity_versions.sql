with
    delivered as (
        select distinct opportunity_id, owner_id, stage, is_closed, updated_at, _delivered_on, _version
        from {{ source("crm", "opportunities") }}
        where not coalesce(is_deleted, false)
    )
select
    opportunity_id,
    owner_id,
    stage,
    is_closed,
    updated_at,
    cast(
        row_number() over (
            partition by opportunity_id
            order by updated_at, _delivered_on, _version, md5(concat_ws('|', owner_id, stage, is_closed))
        ) as bigint
    ) as version_number
from delivered
