with
    horizons as (select * from {{ ref("int_close_horizons") }}),
    wins as (
        -- A hand-off that opened several deals is won with the first of them.
        select handoff_id, min(closed_at) as won_at
        from {{ ref("int_deals") }}
        where is_won and handoff_id is not null
        group by handoff_id
    ),
    offers as (
        select
            handoffs.ae_id,
            handoffs.sent_on,
            {{ micros_between("handoffs.sent_at", "wins.won_at") }} as micros_to_win
        from {{ ref("stg_handoffs") }} as handoffs
        left join wins on handoffs.handoff_id = wins.handoff_id
    )
select
    horizons.period_type,
    horizons.period_start,
    offers.ae_id,
    count(*) as offers_cohort,
    count(
        case when offers.micros_to_win <= horizons.close_horizon_days * 86400000000 then 1 end
    ) as offers_won
from offers
inner join horizons on offers.sent_on >= horizons.cohort_start and offers.sent_on < horizons.cohort_end
group by horizons.period_type, horizons.period_start, offers.ae_id
