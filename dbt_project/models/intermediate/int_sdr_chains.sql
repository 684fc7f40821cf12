with
    horizons as (select * from {{ ref("int_close_horizons") }}),
    leads as (
        select sdr_id, sent_on, {{ micros_between("sent_at", "won_at") }} as micros_to_win
        from {{ ref("int_leads_sent") }}
    )
select
    horizons.period_type,
    horizons.period_start,
    leads.sdr_id,
    count(*) as chain_sent,
    count(case when leads.micros_to_win <= horizons.close_horizon_days * 86400000000 then 1 end) as chain_won
from leads
inner join horizons on leads.sent_on >= horizons.cohort_start and leads.sent_on < horizons.cohort_end
group by horizons.period_type, horizons.period_start, leads.sdr_id
