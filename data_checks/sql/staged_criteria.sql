-- What acceptance_criteria must add up to over AEs and criteria, per period, straight from staging: one row per period of
-- int_periods. Each hand-off stands once in each of the four criteria.
with
    periods as (select period_type, period_start, measured_to from intermediate.int_periods),
    decided as (
        select
            sent_on,
            decision,
            coalesce(budget_confirmed, false)::int
            + coalesce(authority_confirmed, false)::int
            + coalesce(need_confirmed, false)::int
            + coalesce(timing_confirmed, false)::int as met
        from staging.stg_handoffs
        left join staging.stg_leads using (lead_id)
        where decision in ('accepted', 'rejected')
    )
select
    period_type,
    period_start,
    coalesce(sum(met), 0)::decimal(38, 2) as decided_met,
    coalesce(sum(met) filter (where decision = 'accepted'), 0)::decimal(38, 2) as accepted_met,
    coalesce(sum(4 - met), 0)::decimal(38, 2) as decided_unmet,
    coalesce(sum(4 - met) filter (where decision = 'accepted'), 0)::decimal(38, 2) as accepted_unmet
from periods
left join decided on sent_on >= period_start and sent_on < measured_to
group by period_type, period_start
