with
    wins as (
        select
            account_id,
            closed_on,
            {{ add_days("closed_on", 90) }} as early_until,
            {{ add_days("closed_on", 180) }} as late_until
        from {{ ref("int_account_first_wins") }}
    )
select
    wins.account_id,
    invoices.currency,
    cast(
        sum(case when invoices.invoiced_on <= wins.early_until then invoices.amount else 0 end) as decimal(
            18, 2
        )
    ) as early_amount,
    cast(
        sum(case when invoices.invoiced_on > wins.early_until then invoices.amount else 0 end) as decimal(
            18, 2
        )
    ) as late_amount
from wins
inner join
    {{ ref("int_account_invoices") }} as invoices
    on wins.account_id = invoices.account_id
    and invoices.invoiced_on > wins.closed_on
    and invoices.invoiced_on <= wins.late_until
group by wins.account_id, invoices.currency
