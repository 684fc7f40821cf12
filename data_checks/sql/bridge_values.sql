-- Values at both ends of every period equal those made from the invoices, account by account.
with
    published as (
        select
            period_type,
            period_start,
            account_id,
            coalesce(sum(r0) filter (where in_opening), 0) as r0,
            coalesce(sum(r1) filter (where in_closing), 0) as r1,
            sum(r1c) filter (where in_opening and in_closing) as r1c
        from main.portfolio_bridge
        group by period_type, period_start, account_id
    )
select
    period_type,
    period_start,
    account_id,
    coalesce(published.r0, 0) <> coalesce(staged.r0, 0)
    or coalesce(published.r1, 0) <> coalesce(staged.r1, 0)
    or coalesce(published.r1c <> coalesce(staged.r1c, 0), false) as is_offending
from published
full join staged_values as staged using (period_type, period_start, account_id)
