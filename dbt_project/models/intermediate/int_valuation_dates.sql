with
    context as (select portfolio_value from {{ ref("stg_context") }}),
    dates as (
        select period_start as valuation_on
        from {{ ref("int_periods") }}
        union
        select measured_to
        from {{ ref("int_periods") }}
    )
select
    dates.valuation_on,
    case
        when context.portfolio_value = 'recurring_month'
        then {{ add_months(month_of("dates.valuation_on"), -1) }}
        else {{ add_months("dates.valuation_on", -12) }}
    end as window_from,
    case
        when context.portfolio_value = 'recurring_month'
        then {{ month_of("dates.valuation_on") }}
        else dates.valuation_on
    end as window_to,
    {{ add_days("dates.valuation_on", -1) }} as day_before
from dates
cross join context
