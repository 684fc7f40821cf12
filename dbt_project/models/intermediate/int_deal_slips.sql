with
    context as (select as_of, company_time_zone from {{ ref("stg_context") }}),
    forecasts as (
        -- A row without a forecast says nothing about it.
        select
            opportunity_id,
            changed_at,
            step,
            cast(
                extract(year from expected_close_on) * 12 + extract(month from expected_close_on) as bigint
            ) as expected_month
        from {{ ref("int_deal_steps") }}
        where told_by = 'history' and expected_close_on is not null
    ),
    moved as (
        select
            opportunity_id,
            {{ company_date("changed_at", "context.company_time_zone") }} as changed_on,
            context.as_of,
            expected_month
            - lag(expected_month) over (partition by opportunity_id order by step) as months_later
        from forecasts
        cross join context
    )
select
    opportunity_id,
    {{ month_of("changed_on") }} as month_start,
    cast(sum(months_later) as bigint) as months_slipped
from moved
where months_later > 0 and changed_on <= as_of
group by opportunity_id, {{ month_of("changed_on") }}
