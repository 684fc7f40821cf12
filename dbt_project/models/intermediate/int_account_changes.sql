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
    )
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
    ) as has_bought_before
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
