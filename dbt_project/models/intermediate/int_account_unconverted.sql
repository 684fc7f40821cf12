with
    dates as (select valuation_on, window_from, window_to, day_before from {{ ref("int_valuation_dates") }}),
    first_rates as (
        select currency, min(valid_from) as first_on from {{ ref("int_fx_rates") }} group by currency
    ),
    candidates as (
        -- A currency that has a rate on the day of the invoice has one at every valuation after it.
        select
            invoices.account_id,
            invoices.invoiced_on,
            invoices.invoices,
            coalesce(first_rates.first_on, date '9999-12-31') as first_rate_on
        from {{ ref("int_account_invoices") }} as invoices
        left join first_rates on invoices.currency = first_rates.currency
        where
            invoices.is_valued
            and (first_rates.first_on is null or first_rates.first_on > invoices.invoiced_on)
    ),
    days as (
        -- Once, whether the day lies in one of the two windows of a period or in both.
        select distinct
            periods.period_type,
            periods.period_start,
            candidate_days.invoiced_on,
            candidate_days.first_rate_on
        from {{ ref("int_periods") }} as periods
        inner join
            dates on dates.valuation_on = periods.period_start or dates.valuation_on = periods.measured_to
        inner join
            (select distinct invoiced_on, first_rate_on from candidates) as candidate_days
            on candidate_days.invoiced_on >= dates.window_from
            and candidate_days.invoiced_on < dates.window_to
            and candidate_days.first_rate_on > dates.day_before
    )
select
    days.period_type,
    days.period_start,
    candidates.account_id,
    cast(sum(candidates.invoices) as bigint) as unconverted_invoices
from days
inner join candidates using (invoiced_on, first_rate_on)
group by days.period_type, days.period_start, candidates.account_id
