with
    invoices as (
        select account_id, currency, invoiced_on, amount, purchases from {{ ref("int_account_invoices") }}
    ),
    first_purchases as (
        select account_id, min(invoiced_on) as first_purchase_on
        from invoices
        where purchases > 0
        group by account_id
    )
select
    first_purchases.account_id,
    invoices.currency,
    first_purchases.first_purchase_on,
    cast(sum(invoices.amount) as decimal(18, 2)) as amount
from first_purchases
inner join
    invoices
    on first_purchases.account_id = invoices.account_id
    and invoices.invoiced_on >= first_purchases.first_purchase_on
    and invoices.invoiced_on < {{ add_months("first_purchases.first_purchase_on", 12) }}
group by first_purchases.account_id, invoices.currency, first_purchases.first_purchase_on
