-- Targets of months begun, as staged and as published. Of several dates in one month the last one counts.
with
    staged as (
        select user_id, date_trunc('month', month)::date as month, metric, max_by(target, month) as target
        from staging.stg_targets
        cross join night.context
        where date_trunc('month', month) <= as_of
        group by user_id, date_trunc('month', month), metric
    )
select
    month,
    user_id,
    metric,
    staged.target is distinct from published.target as is_offending
from staged
full join main.target_attainment as published using (month, user_id, metric)
