with
    converted as (
        select
            sums.valuation_on,
            sums.account_id,
            coalesce(sum({{ to_base("sums.amount", "rates.rate_to_base") }}), 0) as exact_value,
            sum(sums.purchases) as purchases
        from {{ ref("int_account_window_sums") }} as sums
        left join
            {{ ref("int_valuation_rates") }} as rates
            on sums.valuation_on = rates.valuation_on
            and sums.currency = rates.currency
        group by sums.valuation_on, sums.account_id
    )
select
    valuation_on,
    account_id,
    cast(exact_value as decimal(38, 10)) as exact_value,
    {{ cents("greatest(exact_value, 0)") }} as value,
    cast(purchases as bigint) as purchases
from converted
