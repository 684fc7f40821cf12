with
    horizons as (select * from {{ ref("int_close_horizons") }}),
    deals as (
        select
            deals.accepting_ae_id as ae_id,
            deals.sdr_id,
            case
                when deals.sdr_id is not null
                then 'sdr:' || deals.sdr_id
                else 'source:' || coalesce(leads.source, '(none)')
            end as feeder_id,
            deals.accepted_on,
            case
                when deals.is_won then {{ micros_between("deals.accepted_at", "deals.closed_at") }}
            end as micros_to_win
        from {{ ref("int_deals") }} as deals
        left join {{ ref("stg_leads") }} as leads on deals.lead_id = leads.lead_id
    )
select
    horizons.period_type,
    horizons.period_start,
    deals.ae_id,
    deals.feeder_id,
    max(deals.sdr_id) as sdr_id,
    count(*) as deals,
    count(case when deals.micros_to_win <= horizons.close_horizon_days * 86400000000 then 1 end) as deals_won
from deals
inner join horizons on deals.accepted_on >= horizons.cohort_start and deals.accepted_on < horizons.cohort_end
group by horizons.period_type, horizons.period_start, deals.ae_id, deals.feeder_id
