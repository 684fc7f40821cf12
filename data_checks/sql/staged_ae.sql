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
            count(sent_on) - count(decision) as undecided,
            count(*) filter (where decision = 'rejected' and trim(reject_reason) <> '') as rejected_with_reason
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
    ),
    offered as (
        select
            handoffs.sent_on,
            handoffs.sent_at,
            (select min(closed_at) from staged_deals where is_won and handoff_id = handoffs.handoff_id) as won_at
        from staging.stg_handoffs as handoffs
    ),
    offer_cohorts as (
        select
            period_type,
            period_start,
            count(sent_on) as offers_cohort,
            count(*) filter (where won_at <= sent_at + horizon_days * 24 * interval 1 hour) as offers_won
        from horizons
        left join
            offered on sent_on >= measured_to - horizon_days - window_days and sent_on < measured_to - horizon_days
        group by period_type, period_start
    ),
    first_wins as (
        select coalesce(survivor_id, account_id) as account_id, min(closed_on) as won_on
        from staged_deals
        left join intermediate.int_account_survivors using (account_id)
        where is_won and account_id is not null and closed_on is not null
        group by all
    ),
    purchases as (
        select coalesce(survivor_id, account_id) as account_id, invoiced_on
        from staging.stg_invoices
        left join intermediate.int_account_survivors using (account_id)
        where amount > 0
    ),
    quality as (
        select
            period_type,
            period_start,
            count(account_id) as quality_accounts,
            count(*) filter (
                where
                    exists (
                        select 1
                        from purchases
                        where
                            purchases.account_id = first_wins.account_id
                            and invoiced_on - won_on between 91 and 180
                    )
            ) as quality_accounts_active
        from periods
        left join first_wins on won_on >= measured_to - 545 and won_on < measured_to - 180
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
    offers_cohort::decimal(38, 2) as offers_cohort,
    offers_won::decimal(38, 2) as offers_won,
    quality_accounts::decimal(38, 2) as quality_accounts,
    quality_accounts_active::decimal(38, 2) as quality_accounts_active,
    rejected_with_reason::decimal(38, 2) as rejected_with_reason,
    close_horizon_days
from offers
inner join closes using (period_type, period_start)
inner join untimed using (period_type, period_start)
inner join cohorts using (period_type, period_start)
inner join offer_cohorts using (period_type, period_start)
inner join quality using (period_type, period_start)
