with
    context as (select portfolio_value from {{ ref("stg_context") }}),
    invoices as (
        select
            coalesce(survivors.survivor_id, invoices.account_id) as account_id,
            invoices.currency,
            invoices.invoiced_on,
            invoices.amount,
            context.portfolio_value = 'trailing_12m' or coalesce(invoices.kind, '') = 'recurring' as is_valued
        from {{ ref("stg_invoices") }} as invoices
        cross join context
        left join
            {{ ref("int_account_survivors") }} as survivors on invoices.account_id = survivors.account_id
    )
select
    account_id,
    currency,
    invoiced_on,
    is_valued,
    cast(sum(amount) as decimal(18, 2)) as amount,
    count(*) as invoices,
    count(case when amount > 0 then 1 end) as purchases
from invoices
group by account_id, currency, invoiced_on, is_valued
