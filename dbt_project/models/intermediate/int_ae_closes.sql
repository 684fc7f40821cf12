with
    deals as (
        -- A deal that does not say when it closed counts, as such, in the month it was created in.
        select deals.*, {{ month_of("coalesce(closed_on, created_on)") }} as month_start
        from {{ ref("int_deals") }} as deals
        where is_closed
    )
select
    period_months.period_type,
    period_months.period_start,
    deals.closing_ae_id as ae_id,
    count(case when deals.is_won then deals.closed_at end) as deals_won,
    count(case when not deals.is_won then deals.closed_at end) as deals_lost,
    count(case when deals.closed_at is null then 1 end) as deals_without_close_time,
    cast(sum(case when deals.is_won then deals.amount_base end) as decimal(18, 2)) as won_amount,
    count(case when deals.is_won then deals.amount_base end) as converted_deals,
    count(
        case
            when deals.is_won and deals.closed_at is not null and deals.amount_base is null then deals.amount
        end
    ) as unconverted_deals,
    median(case when deals.is_won then {{ micros_between("deals.accepted_at", "deals.closed_at") }} end)
    / 86400000000 as median_cycle_days
from deals
inner join {{ ref("int_period_months") }} as period_months on deals.month_start = period_months.month_start
group by period_months.period_type, period_months.period_start, deals.closing_ae_id
