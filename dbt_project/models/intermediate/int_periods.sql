with
    context as (select as_of, fiscal_start_month, company_time_zone from {{ ref("stg_context") }}),
    first_dates as (
        select min(valid_from) as first_on
        from {{ ref("stg_assignments") }}
        union all
        select min(created_on)
        from {{ ref("stg_leads") }}
        union all
        select min(occurred_on)
        from {{ ref("stg_activities") }}
        union all
        select min(sent_on)
        from {{ ref("stg_handoffs") }}
        union all
        select min(created_on)
        from {{ ref("stg_opportunities") }}
        union all
        select min(invoiced_on)
        from {{ ref("stg_invoices") }}
        union all
        select min(held_on)
        from {{ ref("stg_coaching_sessions") }}
    ),
    bounds as (
        select least(min(first_dates.first_on), max(context.as_of)) as first_on, max(context.as_of) as last_on
        from context
        left join first_dates on true
    ),
    months as ({{ month_spine("first_on", "last_on", "bounds") }}),
    fiscal_months as (
        -- Moved back so that the fiscal year begins in January, cut, and moved forward again.
        select
            months.month_start,
            {{ add_months("months.month_start", "(1 - context.fiscal_start_month)") }} as shifted,
            context.fiscal_start_month - 1 as shift
        from months
        cross join context
    ),
    starts as (
        select 'month' as period_type, month_start as period_start, month_start, 1 as months_long
        from fiscal_months
        union all
        select
            'quarter',
            {{ add_months("cast(date_trunc('quarter', shifted) as date)", "shift") }},
            month_start,
            3
        from fiscal_months
        union all
        select 'year', {{ add_months("cast(date_trunc('year', shifted) as date)", "shift") }}, month_start, 12
        from fiscal_months
    ),
    periods as (
        select distinct
            period_type,
            period_start,
            {{ add_months("period_start", "months_long") }} as period_end,
            {{ add_months("period_start", "-months_long") }} as previous_start
        from starts
    )
select
    periods.period_type,
    periods.period_start,
    periods.period_end,
    periods.previous_start,
    least(periods.period_end, {{ add_days("context.as_of", 1) }}) as measured_to,
    context.as_of >= periods.period_end - 1 as is_complete,
    {{ company_midnight("periods.period_start") }} as starts_at,
    {{ company_midnight("least(periods.period_end, " ~ add_days("context.as_of", 1) ~ ")") }}
    as measured_to_at
from periods
cross join context
