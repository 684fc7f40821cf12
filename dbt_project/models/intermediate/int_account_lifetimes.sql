with
    context as (select portfolio_value from {{ ref("stg_context") }}),
    closings as (select distinct measured_to as valuation_on from {{ ref("int_periods") }}),
    first_years as (select * from {{ ref("int_account_first_years") }}),
    rates as (select valuation_on, currency, rate_to_base from {{ ref("int_valuation_rates") }}),
    clients as (
        select closings.valuation_on, firsts.account_id, books.am_id, books.value
        from closings
        inner join
            (select distinct account_id, first_purchase_on from first_years) as firsts
            on firsts.first_purchase_on <= {{ add_months("closings.valuation_on", -24) }}
        inner join
            {{ ref("int_account_books") }} as books
            on closings.valuation_on = books.valuation_on
            and firsts.account_id = books.account_id
        where books.am_id is not null
    ),
    first_values as (
        select
            clients.valuation_on,
            clients.account_id,
            greatest(sum({{ to_base("first_years.amount", "rates.rate_to_base") }}), 0) as exact_value
        from clients
        inner join first_years on clients.account_id = first_years.account_id
        inner join
            rates on clients.valuation_on = rates.valuation_on and first_years.currency = rates.currency
        group by clients.valuation_on, clients.account_id
    ),
    year_sums as (
        -- Only where portfolios are valued by a month's recurring invoices: else the value of the book is
        -- that of the last 12 months already.
        select
            clients.valuation_on,
            clients.account_id,
            invoices.currency,
            cast(sum(invoices.amount) as decimal(18, 2)) as amount
        from clients
        inner join context on context.portfolio_value <> 'trailing_12m'
        inner join
            {{ ref("int_account_invoices") }} as invoices
            on clients.account_id = invoices.account_id
            and invoices.invoiced_on >= {{ add_months("clients.valuation_on", -12) }}
            and invoices.invoiced_on < clients.valuation_on
        group by clients.valuation_on, clients.account_id, invoices.currency
    ),
    year_values as (
        select
            year_sums.valuation_on,
            year_sums.account_id,
            greatest(sum({{ to_base("year_sums.amount", "rates.rate_to_base") }}), 0) as exact_value
        from year_sums
        inner join
            rates on year_sums.valuation_on = rates.valuation_on and year_sums.currency = rates.currency
        group by year_sums.valuation_on, year_sums.account_id
    )
select
    clients.valuation_on,
    clients.account_id,
    clients.am_id,
    coalesce({{ cents("first_values.exact_value") }}, 0) as first_value,
    case
        when context.portfolio_value = 'trailing_12m'
        then clients.value
        else coalesce({{ cents("year_values.exact_value") }}, 0)
    end as last_value
from clients
cross join context
left join
    first_values
    on clients.valuation_on = first_values.valuation_on
    and clients.account_id = first_values.account_id
left join
    year_values
    on clients.valuation_on = year_values.valuation_on
    and clients.account_id = year_values.account_id
