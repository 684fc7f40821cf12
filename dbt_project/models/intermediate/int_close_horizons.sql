with
    context as (select close_horizon_days, close_window_days from {{ ref("stg_context") }}),
    periods as (select period_type, period_start, measured_to from {{ ref("int_periods") }}),
    wins as (
        select closed_on, greatest({{ micros_between("accepted_at", "closed_at") }}, 0) as cycle_micros
        from {{ ref("int_deals") }}
        where is_won and closed_on is not null
    ),
    measured as (
        select
            periods.period_type,
            periods.period_start,
            count(wins.closed_on) as wins,
            percentile_cont(0.9) within group (order by wins.cycle_micros) as cycle_micros_p90
        from periods
        left join
            wins
            on wins.closed_on < periods.measured_to
            and wins.closed_on >= {{ add_months("periods.measured_to", "-24") }}
        group by periods.period_type, periods.period_start
    ),
    horizons as (
        select
            measured.period_type,
            measured.period_start,
            cast(
                coalesce(
                    context.close_horizon_days,
                    case
                        when measured.wins < 20
                        then 90
                        else greatest(30, ceil(measured.cycle_micros_p90 / 86400000000))
                    end
                ) as bigint
            ) as close_horizon_days,
            context.close_window_days
        from measured
        cross join context
    )
select
    horizons.period_type,
    horizons.period_start,
    horizons.close_horizon_days,
    {{
        add_days(
            "periods.measured_to", "-cast(horizons.close_horizon_days + horizons.close_window_days as int)"
        )
    }} as cohort_start,
    {{ add_days("periods.measured_to", "-cast(horizons.close_horizon_days as int)") }} as cohort_end
from horizons
inner join periods using (period_type, period_start)
