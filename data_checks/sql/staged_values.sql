-- What each account was worth at both ends of each period, from invoices and rates.
-- r1c is r1 at the rates of the opening. Only who outlives a merge is taken from dbt.
with
    windows as (
        select
            ends.t,
            case
                when portfolio_value = 'recurring_month'
                then (date_trunc('month', t) - interval 1 month)::date
                else (t - interval 12 month)::date
            end as low,
            case when portfolio_value = 'recurring_month' then date_trunc('month', t)::date else t end as high
        from
            (
                select period_start as t
                from intermediate.int_periods
                union
                select measured_to
                from intermediate.int_periods
            ) as ends
        cross join staging.stg_context
    ),
    invoices as (
        select
            coalesce(survivors.survivor_id, invoices.account_id) as account_id,
            invoices.currency,
            invoices.invoiced_on,
            invoices.amount
        from staging.stg_invoices as invoices
        cross join staging.stg_context
        left join intermediate.int_account_survivors as survivors using (account_id)
        where portfolio_value = 'trailing_12m' or invoices.kind = 'recurring'
    ),
    sums as (
        select t, account_id, currency, sum(amount)::decimal(19, 2) as amount
        from windows
        inner join invoices on invoiced_on >= low and invoiced_on < high
        group by t, account_id, currency
    ),
    rates as (
        select
            asked.t,
            asked.currency,
            case when asked.currency = base_currency then 1 else newest.rate_to_base end::decimal(18, 8) as rate
        from (select t, currency from windows cross join (select distinct currency from invoices)) as asked
        cross join staging.stg_context
        asof left join staging.stg_fx_rates as newest on asked.currency = newest.currency and asked.t > newest.rate_on
    ),
    -- Ten decimals to two: by way of 18 digits where they suffice, since DuckDB takes 2 µs to round one of 38.
    ends as (
        select
            t,
            account_id,
            greatest(sum(amount * rate), 0) as exact,
            coalesce(try_cast(exact as decimal(18, 10))::decimal(18, 2), exact::decimal(18, 2)) as value
        from sums
        inner join rates using (t, currency)
        group by t, account_id
    ),
    constant as (
        select
            period_type,
            period_start,
            account_id,
            greatest(sum(amount * coalesce(opening.rate, closing.rate)), 0) as exact,
            coalesce(try_cast(exact as decimal(18, 10))::decimal(18, 2), exact::decimal(18, 2)) as r1c
        from intermediate.int_periods
        inner join sums on sums.t = measured_to
        inner join rates as closing on closing.t = measured_to and closing.currency = sums.currency
        left join rates as opening on opening.t = period_start and opening.currency = sums.currency
        group by period_type, period_start, account_id
    ),
    opening as (
        select period_type, period_start, account_id, value as r0
        from intermediate.int_periods
        inner join ends on t = period_start
    ),
    closing as (
        select period_type, period_start, account_id, value as r1
        from intermediate.int_periods
        inner join ends on t = measured_to
    )
select
    period_type,
    period_start,
    account_id,
    coalesce(r0, 0) as r0,
    coalesce(r1, 0) as r1,
    coalesce(r1c, 0) as r1c
from opening
full join closing using (period_type, period_start, account_id)
full join constant using (period_type, period_start, account_id)
