-- Figures of closed periods whose published changes do not say what two releases do, the earlier one attached as baseline.
with
    now as (from main.metric_ranking),
    before as (from baseline.main.metric_ranking),
    additive as (
        select role, metric from main.metric_dictionary where is_additive and unit in ('count', 'money')
    ),
    -- What nobody had before has not moved when it comes.
    known as (select role, metric from before group by all having count(value) > 0),
    compared as (
        select
            role,
            metric,
            period_type,
            period_start,
            user_id,
            coalesce(now.period_end, before.period_end) as period_end,
            coalesce(now.full_name, before.full_name) as full_name,
            coalesce(before.value, 0) as value_before,
            coalesce(now.value, 0) as value_after
        from now
        full join before using (role, metric, period_type, period_start, user_id)
        semi join additive using (role, metric)
        semi join known using (role, metric)
    ),
    moved as (
        select compared.*
        from compared, night.baseline, staging.stg_context as context
        where period_end + cast(context.close_lag_days as integer) <= baseline.as_of
          and abs(value_after - value_before) > 1e-6
    ),
    told as (
        select
            role,
            metric,
            period_type,
            period_start,
            user_id,
            sum(change_of_cause) as change,
            any_value(full_name) as full_name,
            min(value_before) as value_before,
            max(value_after) as value_after
        from main.closed_period_changes
        group by all
    )
from told
full join moved using (role, metric, period_type, period_start, user_id)
where
    told.change is null
    or moved.period_end is null
    or told.full_name <> moved.full_name
    or abs(told.change - (moved.value_after - moved.value_before)) > 0.005
    or abs(told.value_before - moved.value_before) > 1e-6
    or abs(told.value_after - moved.value_after) > 1e-6
