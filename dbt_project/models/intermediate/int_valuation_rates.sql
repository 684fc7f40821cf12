with
    dates as (select valuation_on, day_before from {{ ref("int_valuation_dates") }}),
    rates as (select currency, valid_from, valid_to, rate_to_base from {{ ref("int_fx_rates") }})
select dates.valuation_on, rates.currency, rates.rate_to_base
from dates
inner join rates on dates.day_before >= rates.valid_from and dates.day_before < rates.valid_to
