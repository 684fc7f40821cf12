with
    changes as (select * from {{ ref("int_account_changes") }}),
    sides as (
        -- One row for each AM who has the account at the opening, at the closing, or at both.
        select
            changes.*,
            opening_am_id as am_id,
            true as in_opening,
            closing_am_id is not distinct from opening_am_id as in_closing,
            case when closing_am_id <> opening_am_id then closing_am_id end as other_am_id
        from changes
        where opening_am_id is not null
        union all
        select
            changes.*,
            closing_am_id as am_id,
            false as in_opening,
            true as in_closing,
            opening_am_id as other_am_id
        from changes
        where closing_am_id is not null and closing_am_id is distinct from opening_am_id
    ),
    placed as (select sides.*, in_opening and in_closing as in_both from sides),
    lines as (
        select
            placed.*,
            in_both and r0 > 0 as is_kept,
            case
                when in_both and r1c > r0 and r0 > 0
                then 'expansion'
                when in_both and r1c = r0 and r0 > 0
                then 'unchanged'
                when in_both and r1c > 0 and r0 > 0
                then 'contraction'
                when in_both and r0 > 0
                then 'churn'
                when in_both and r1c = 0
                then 'inactive'
                when not in_closing and other_am_id is not null
                then 'transfer_out'
                when not in_closing
                then 'churn'
                when other_am_id is not null
                then 'transfer_in'
                when has_bought_before
                then 'reactivated'
                else 'new'
            end as line,
            case when in_both then r1c - r0 when in_opening then - r0 else r1 end as line_amount,
            case when in_both then r1 - r1c else 0 end as fx
        from placed
    ),
    cumulated as (
        select
            lines.*,
            sum(r0) over (
                partition by period_type, period_start, am_id, is_kept
                order by r0 desc, account_id
                rows unbounded preceding
            ) as r0_so_far,
            sum(r0) over (partition by period_type, period_start, am_id, is_kept) as r0_of_all
        from lines
    )
select
    period_type,
    period_start,
    am_id,
    account_id,
    in_opening,
    in_closing,
    r0,
    r1,
    r1c,
    line,
    cast(line_amount as decimal(18, 2)) as line_amount,
    cast(fx as decimal(18, 2)) as fx,
    is_kept,
    -- The fewest largest accounts that cover half: one is among them while those before it cover less.
    is_kept and 2 * (r0_so_far - r0) < r0_of_all as is_top,
    purchases_0,
    purchases_1,
    other_am_id,
    unconverted_invoices
from cumulated
