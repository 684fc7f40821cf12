-- What am_ranking must add up to, per period: every account's value is in exactly one book.
select
    period_type,
    period_start,
    coalesce(sum(r0), 0)::decimal(38, 2) as opening,
    coalesce(sum(r1), 0)::decimal(38, 2) as closing
from intermediate.int_periods
left join staged_values using (period_type, period_start)
group by period_type, period_start
