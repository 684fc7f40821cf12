with
    accepted as (
        select handoff_id, lead_id, opportunity_id, sdr_id, ae_id, decided_at
        from {{ ref("stg_handoffs") }}
        where decision = 'accepted'
    ),
    deals as (select opportunity_id, lead_id from {{ ref("stg_opportunities") }}),
    candidates as (
        select
            deals.opportunity_id,
            1 as preference,
            accepted.handoff_id,
            accepted.sdr_id,
            accepted.ae_id,
            accepted.decided_at
        from deals
        inner join accepted on deals.opportunity_id = accepted.opportunity_id
        union all
        -- Only a hand-off that names no deal may stand for the lead's deal.
        select
            deals.opportunity_id, 2, accepted.handoff_id, accepted.sdr_id, accepted.ae_id, accepted.decided_at
        from deals
        inner join accepted on deals.lead_id = accepted.lead_id and accepted.opportunity_id is null
    ),
    ranked as (
        select
            *,
            row_number() over (
                partition by opportunity_id order by preference, decided_at nulls last, handoff_id
            ) as place
        from candidates
    )
select opportunity_id, handoff_id, sdr_id, ae_id, decided_at
from ranked
where place = 1
