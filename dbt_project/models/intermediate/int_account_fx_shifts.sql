with
    rates as (select valuation_on, currency, rate_to_base from {{ ref("int_valuation_rates") }}),
    rate_changes as (
        -- A currency without a rate at the opening is taken at the closing's, so it does not shift.
        select
            periods.period_type,
            periods.period_start,
            periods.measured_to,
            closing.currency,
            opening.rate_to_base - closing.rate_to_base as rate_change
        from {{ ref("int_periods") }} as periods
        inner join rates as closing on periods.measured_to = closing.valuation_on
        inner join
            rates as opening
            on periods.period_start = opening.valuation_on
            and closing.currency = opening.currency
        where opening.rate_to_base <> closing.rate_to_base
    )
select
    rate_changes.period_type,
    rate_changes.period_start,
    sums.account_id,
    cast(sum({{ to_base("sums.amount", "rate_changes.rate_change") }}) as decimal(38, 10)) as fx_shift
from rate_changes
inner join
    {{ ref("int_account_window_sums") }} as sums
    on rate_changes.measured_to = sums.valuation_on
    and rate_changes.currency = sums.currency
group by rate_changes.period_type, rate_changes.period_start, sums.account_id
