-- What ae_ranking must add up to, per period, straight from staging: one row per period of int_periods.
-- The close horizon is worked out again, so that the cohort does not rest on the published one.
with
    periods as (select period_type, period_start, measured_to from intermediate.int_periods),
    offers as (
        select
            period_type,
            period_start,
            count(sent_on) as offered,
            count(*) filter (where decision = 'accepted') as accepted,
            count(*) filter (where decision = 'rejected') as rejected,
            count(sent_on) - count(decision) as undecided
        from periods
        left join staging.stg_handoffs on sent_on >= period_start and sent_on < measured_to
        group by period_type, period_start
    ),
    closes as (
        select
            period_type,
            period_start,
            count(*) filter (where is_won) as deals_won,
            count(*) filter (where is_closed and not is_won) as deals_lost,
            coalesce(sum(amount_base) filter (where is_won), 0) as won_amount,
            count(*) filter (where is_won and amount is not null and amount_base is null) as unconverted_deals
        from periods
        left join staged_deals on closed_on >= period_start and closed_on < measured_to
        group by period_type, period_start
    ),
    untimed as (
        select
            period_type,
            period_start,
            count(*) filter (where is_closed and closed_at is null) as deals_without_close_time
        from periods
        left join staged_deals on created_on >= period_start and created_on < measured_to
        group by period_type, period_start
    ),
    cycles as (
        select closed_on, greatest(epoch_us(closed_at) - epoch_us(accepted_at), 0) / 86400000000 as days
        from staged_deals
        where is_won and closed_at is not null
    ),
    horizons as (
        select
            period_type,
            period_start,
            measured_to,
            close_window_days::int as window_days,
            coalesce(
                close_horizon_days,
                case
                    when count(days) < 20 then 90 else greatest(30, ceil(quantile_cont(days, 0.9)))
                end
            )::int as horizon_days
        from periods
        cross join staging.stg_context
        left join cycles on closed_on >= (measured_to - interval 2 year)::date and closed_on < measured_to
        group by period_type, period_start, measured_to, close_window_days, close_horizon_days
    ),
    cohorts as (
        select
            period_type,
            period_start,
            max(horizon_days) as close_horizon_days,
            count(accepted_on) as cohort_deals,
            count(*) filter (
                where is_won and closed_at <= accepted_at + horizon_days * 24 * interval 1 hour
            ) as cohort_won
        from horizons
        left join
            staged_deals
            on accepted_on >= measured_to - horizon_days - window_days
            and accepted_on < measured_to - horizon_days
        group by period_type, period_start
    )
select
    period_type,
    period_start,
    offered::decimal(38, 2) as offered,
    accepted::decimal(38, 2) as accepted,
    rejected::decimal(38, 2) as rejected,
    undecided::decimal(38, 2) as undecided,
    deals_won::decimal(38, 2) as deals_won,
    deals_lost::decimal(38, 2) as deals_lost,
    deals_without_close_time::decimal(38, 2) as deals_without_close_time,
    won_amount::decimal(38, 2) as won_amount,
    unconverted_deals::decimal(38, 2) as unconverted_deals,
    cohort_deals::decimal(38, 2) as cohort_deals,
    cohort_won::decimal(38, 2) as cohort_won,
    close_horizon_days
from offers
inner join closes using (period_type, period_start)
inner join untimed using (period_type, period_start)
inner join cohorts using (period_type, period_start)
