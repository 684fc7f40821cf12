with
    dates as (select valuation_on, window_from, window_to from {{ ref("int_valuation_dates") }}),
    invoices as (select * from {{ ref("int_account_invoices") }} where is_valued),
    limits as (
        select window_from as limit_on
        from dates
        union
        select window_to
        from dates
    ),
    slices as (
        -- Days between two limits lie in the same windows, so they are added up once: mostly a month.
        select days.invoiced_on, max(limits.limit_on) as slice_on
        from (select distinct invoiced_on from invoices) as days
        inner join limits on days.invoiced_on >= limits.limit_on
        group by days.invoiced_on
    ),
    slice_sums as (
        select
            invoices.account_id,
            invoices.currency,
            slices.slice_on,
            cast(sum(invoices.amount) as decimal(18, 2)) as amount,
            cast(sum(invoices.purchases) as bigint) as purchases
        from invoices
        inner join slices on invoices.invoiced_on = slices.invoiced_on
        group by invoices.account_id, invoices.currency, slices.slice_on
    ),
    windows as (
        select dates.valuation_on, limits.limit_on as slice_on
        from dates
        inner join limits on limits.limit_on >= dates.window_from and limits.limit_on < dates.window_to
    )
select
    windows.valuation_on,
    slice_sums.account_id,
    slice_sums.currency,
    cast(sum(slice_sums.amount) as decimal(18, 2)) as amount,
    cast(sum(slice_sums.purchases) as bigint) as purchases
from windows
inner join slice_sums on windows.slice_on = slice_sums.slice_on
group by windows.valuation_on, slice_sums.account_id, slice_sums.currency
