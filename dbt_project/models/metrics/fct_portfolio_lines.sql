with
    periods as (select period_type, period_start, measured_to from {{ ref("int_periods") }}),
    books as (select * from {{ ref("int_account_books") }}),
    first_purchases as (
        select account_id, min(invoiced_on) as first_purchase_on
        from {{ ref("int_account_invoices") }}
        where purchases > 0
        group by account_id
    ),
    opening as (
        select
            periods.period_type,
            periods.period_start,
            books.account_id,
            books.am_id,
            books.value,
            books.purchases
        from periods
        inner join books on periods.period_start = books.valuation_on
    ),
    closing as (
        select
            periods.period_type,
            periods.period_start,
            books.account_id,
            books.am_id,
            books.exact_value,
            books.value,
            books.purchases
        from periods
        inner join books on periods.measured_to = books.valuation_on
    ),
    accounts as (
        select
            period_type,
            period_start,
            account_id,
            opening.am_id as opening_am_id,
            closing.am_id as closing_am_id,
            coalesce(opening.value, 0) as r0,
            coalesce(closing.value, 0) as r1,
            coalesce(closing.exact_value, 0) as exact_r1,
            coalesce(opening.purchases, 0) as purchases_0,
            coalesce(closing.purchases, 0) as purchases_1
        from opening
        full outer join closing using (period_type, period_start, account_id)
    ),
    valued as (
        select
            accounts.period_type,
            accounts.period_start,
            accounts.account_id,
            accounts.opening_am_id,
            accounts.closing_am_id,
            accounts.r0,
            accounts.r1,
            {{ cents("greatest(accounts.exact_r1 + coalesce(fx_shifts.fx_shift, 0), 0)") }} as r1c,
            accounts.purchases_0,
            accounts.purchases_1,
            coalesce(unconverted.unconverted_invoices, 0) as unconverted_invoices,
            coalesce(
                first_purchases.first_purchase_on < {{ add_months("accounts.period_start", -12) }}, false
            ) as bought_before
        from accounts
        left join
            {{ ref("int_account_fx_shifts") }} as fx_shifts
            on accounts.period_type = fx_shifts.period_type
            and accounts.period_start = fx_shifts.period_start
            and accounts.account_id = fx_shifts.account_id
        left join
            {{ ref("int_account_unconverted") }} as unconverted
            on accounts.period_type = unconverted.period_type
            and accounts.period_start = unconverted.period_start
            and accounts.account_id = unconverted.account_id
        left join first_purchases on accounts.account_id = first_purchases.account_id
    ),
    sides as (
        -- One row for each AM who has the account at the opening, at the closing, or at both.
        select
            valued.*,
            opening_am_id as am_id,
            true as in_opening,
            closing_am_id is not distinct from opening_am_id as in_closing,
            case when closing_am_id <> opening_am_id then closing_am_id end as other_am_id
        from valued
        where opening_am_id is not null
        union all
        select
            valued.*,
            closing_am_id as am_id,
            false as in_opening,
            true as in_closing,
            opening_am_id as other_am_id
        from valued
        where closing_am_id is not null and closing_am_id is distinct from opening_am_id
    ),
    lines as (
        select
            sides.*,
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
                when in_opening and in_closing and r1c = 0
                then 'inactive'
                when in_opening and not in_closing
                then case when other_am_id is null then 'churn' else 'transfer_out' end
                when not in_opening and other_am_id is not null
                then 'transfer_in'
                when bought_before
                then 'reactivated'
                else 'new'
            end as line,
            case
                when in_opening and in_closing then r1c - r0 when in_opening then - r0 else r1
            end as line_amount,
            case when in_opening and in_closing then r1 - r1c else 0 end as fx,
            in_opening and in_closing and r0 > 0 as is_kept
        from sides
    ),
    ranked as (
        select
            lines.*,
            sum(r0) over (
                partition by period_type, period_start, am_id, is_kept
                order by r0 desc, account_id
                rows unbounded preceding
            ) as r0_so_far,
            sum(r0) over (partition by period_type, period_start, am_id, is_kept) as r0_kept
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
    {{ cents("line_amount") }} as line_amount,
    {{ cents("fx") }} as fx,
    is_kept,
    -- The fewest largest accounts that cover half: one belongs to them while those before it cover less.
    is_kept and 2 * (r0_so_far - r0) < r0_kept as is_top,
    purchases_0,
    purchases_1,
    other_am_id,
    unconverted_invoices
from ranked
