-- The line follows from the books, the values at both ends, and whether the account bought before.
with
    first_purchases as (
        select coalesce(survivors.survivor_id, invoices.account_id) as account_id, min(invoices.invoiced_on) as first_on
        from staging.stg_invoices as invoices
        left join intermediate.int_account_survivors as survivors using (account_id)
        where invoices.amount > 0
        group by all
    ),
    bridge as (
        select
            bridge.*,
            case
                when first_on < (period_start - interval 12 month)::date then 'reactivated' else 'new'
            end as beginning
        from main.portfolio_bridge as bridge
        left join first_purchases using (account_id)
    )
select
    period_type,
    period_start,
    am_id,
    account_id,
    line,
    case
        when in_opening and in_closing and r0 > 0
        then
            case
                when r1c > r0
                then 'expansion'
                when r1c = r0
                then 'unchanged'
                when r1c > 0
                then 'contraction'
                else 'churn'
            end
        when in_opening and in_closing
        then case when r1c > 0 then beginning else 'inactive' end
        when in_opening
        then case when other_am_id is null then 'churn' else 'transfer_out' end
        else case when other_am_id is null then beginning else 'transfer_in' end
    end as expected,
    line <> expected
    or is_kept <> (in_opening and in_closing and r0 > 0)
    or (line in ('expansion', 'new', 'reactivated', 'transfer_in', 'unchanged', 'inactive') and line_amount < 0)
    or (line in ('contraction', 'churn', 'transfer_out', 'unchanged', 'inactive') and line_amount > 0) as is_offending
from bridge
