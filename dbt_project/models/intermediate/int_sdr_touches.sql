with
    touches as (select * from {{ ref("stg_activities") }} where is_completed),
    spells as (select * from {{ ref("int_role_spells") }} where role = 'SDR')
select
    touches.user_id as sdr_id,
    {{ month_of("touches.occurred_on") }} as month_start,
    coalesce(touches.lead_id, '(none)') as lead_id,
    cast(count(*) as bigint) as touches,
    cast(sum(case when touches.kind = 'call' then 1 else 0 end) as bigint) as calls
from touches
inner join
    spells
    on touches.user_id = spells.user_id
    and touches.occurred_on >= spells.valid_from
    and touches.occurred_on < spells.valid_to
group by touches.user_id, {{ month_of("touches.occurred_on") }}, coalesce(touches.lead_id, '(none)')
