{# Months in which the days of a dated metric do not add up to what the period tables count. `values` are those figures. #}
{% test daily_events_add_up(model, values) %}
    with
        daily as (
            select
                role,
                metric,
                user_id,
                {{ month_of("on_date") }} as period_start,
                {{ exact_sum("numerator") }} as numerator,
                {{ exact_sum("denominator") }} as denominator
            from {{ model }}
            group by role, metric, user_id, {{ month_of("on_date") }}
        ),
        monthly as (
            select role, metric, user_id, period_start, numerator, denominator
            from {{ values }}
            where period_type = 'month' and metric in {{ dated_metrics() }}
        )
    select role, metric, user_id, period_start
    from daily
    full outer join monthly using (role, metric, user_id, period_start)
    where
        abs(coalesce(daily.numerator, 0e0) - coalesce(monthly.numerator, 0e0)) > 1e-9
        or abs(coalesce(daily.denominator, 0e0) - coalesce(monthly.denominator, 0e0)) > 1e-9
{% endtest %}
