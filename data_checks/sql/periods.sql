-- Periods of a type follow one another without gap or overlap, end with D, and begin no later than the first event.
with
    first_events as (
        select min(first_on) as first_on
        from
            (
                select min(created_on) as first_on
                from staging.stg_leads
                union all
                select min(occurred_on)
                from staging.stg_activities
                union all
                select min(sent_on)
                from staging.stg_handoffs
                union all
                select min(created_on)
                from staging.stg_opportunities
                union all
                select min(invoiced_on)
                from staging.stg_invoices
            )
    ),
    ordered as (
        select
            *,
            lag(period_end) over (partition by period_type order by period_start) as before_end,
            lead(period_start) over (partition by period_type order by period_start) as next_start
        from intermediate.int_periods
    )
select
    period_type,
    period_start,
    case when before_end is null then coalesce(period_start > first_on, false) else before_end <> period_start end
    or measured_to <> least(period_end, as_of + 1)
    or (next_start is null and (period_start > as_of or period_end <= as_of)) as is_offending
from ordered
cross join first_events
cross join staging.stg_context
