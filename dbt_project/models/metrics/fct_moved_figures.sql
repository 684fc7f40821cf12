with
    baseline as (select release_id, as_of from {{ source("night", "baseline") }} where is_comparable),
    context as (select close_lag_days from {{ ref("stg_context") }}),
    metrics as (
        select role, metric from {{ ref("metrics") }} where is_additive and unit in ('count', 'money')
    ),
    periods as (select period_type, period_start, period_end from {{ ref("int_periods") }}),
    figures_before as (
        select role, metric, period_type, period_start, period_end, user_id, full_name, value
        from {{ source("night", "figures_before") }}
    ),
    known_then as (
        -- A figure of an entity that had not come yet has not moved when it comes.
        select role, metric
        from figures_before
        inner join metrics using (role, metric)
        group by role, metric
        having count(value) > 0
    ),
    before as (select * from figures_before inner join known_then using (role, metric)),
    now as (
        select role, metric, period_type, period_start, periods.period_end, user_id, value
        from {{ ref("fct_metric_values") }}
        inner join known_then using (role, metric)
        inner join periods using (period_type, period_start)
    ),
    compared as (
        select
            role,
            metric,
            period_type,
            period_start,
            coalesce(now.period_end, before.period_end) as period_end,
            user_id,
            before.full_name as full_name_before,
            coalesce(before.value, 0) as value_before,
            coalesce(now.value, 0) as value_after
        from before
        full outer join now using (role, metric, period_type, period_start, user_id)
    )
select
    compared.role,
    compared.metric,
    compared.period_type,
    compared.period_start,
    compared.user_id,
    compared.full_name_before,
    compared.value_before,
    compared.value_after,
    baseline.release_id as since_release_id
from compared
cross join baseline
cross join context
where
    {{ add_days("compared.period_end", "cast(context.close_lag_days as int)") }} <= baseline.as_of
    -- Money is in cents and counts are whole; only expected wins are fractions, equal to nine decimals.
    and abs(compared.value_after - compared.value_before) > 1e-9 * greatest(1, abs(compared.value_before))
