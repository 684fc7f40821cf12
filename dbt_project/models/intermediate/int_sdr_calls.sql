with
    calls as (
        select user_id, occurred_on from {{ ref("stg_activities") }} where is_completed and kind = 'call'
    ),
    daily as (
        -- By day first: calls are many, days few.
        select user_id, occurred_on, count(*) as calls from calls group by user_id, occurred_on
    )
select daily.user_id as sdr_id, daily.occurred_on, daily.calls
from daily
inner join
    {{ ref("int_role_spells") }} as spells
    on daily.user_id = spells.user_id
    and daily.occurred_on >= spells.valid_from
    and daily.occurred_on < spells.valid_to
where spells.role = 'SDR'
