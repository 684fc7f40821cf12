with
    context as (select base_currency from {{ ref("stg_context") }}),
    delivered as (
        select
            rates.currency,
            rates.rate_on as valid_from,
            lead(rates.rate_on) over (partition by rates.currency order by rates.rate_on) as next_from,
            rates.rate_to_base
        from {{ ref("stg_fx_rates") }} as rates
        inner join context on rates.currency <> context.base_currency
    )
select currency, valid_from, coalesce(next_from, date '9999-12-31') as valid_to, rate_to_base
from delivered
union all
select base_currency, date '0001-01-01', date '9999-12-31', cast(1 as decimal(18, 8))
from context
