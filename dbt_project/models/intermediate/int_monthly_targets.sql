with
    context as (select as_of from {{ ref("stg_context") }}),
    metrics as (
        select
            role, metric, is_additive, case role when 'SDR' then 1 when 'AE' then 2 else 3 end as role_order
        from {{ ref("metrics") }}
        where unit <> 'category'
    ),
    dated as (
        -- A target stands for its calendar month, whichever day of it was delivered; the last day wins.
        select
            targets.user_id,
            {{ month_of("targets.month") }} as month_start,
            targets.metric,
            targets.target,
            row_number() over (
                partition by targets.user_id, {{ month_of("targets.month") }}, targets.metric
                order by targets.month desc
            ) as recency
        from {{ ref("stg_targets") }} as targets
    ),
    targets as (
        select
            dated.user_id,
            dated.month_start,
            {{ add_months("dated.month_start", 1) }} as month_end,
            dated.metric,
            dated.target,
            {{ add_days("context.as_of", 1) }} as measured_to
        from dated
        cross join context
        where dated.recency = 1 and dated.month_start <= context.as_of
    ),
    spells as (select user_id, role, valid_from, valid_to from {{ ref("int_role_spells") }}),
    held as (
        select
            months.user_id,
            months.month_start,
            spells.role,
            greatest(spells.valid_from, months.month_start) as held_from,
            least(spells.valid_to, months.month_end) as held_to,
            least(spells.valid_to, months.month_end, months.measured_to) as held_to_date
        from (select distinct user_id, month_start, month_end, measured_to from targets) as months
        inner join
            spells
            on months.user_id = spells.user_id
            and spells.valid_from < months.month_end
            and spells.valid_to > months.month_start
    ),
    days as (
        select
            user_id,
            month_start,
            role,
            cast(sum({{ days_between("held_from", "held_to") }}) as bigint) as days_in_role,
            cast(
                sum({{ days_between("held_from", "greatest(held_from, held_to_date)") }}) as bigint
            ) as days_to_date
        from held
        group by user_id, month_start, role
    ),
    starts as (select user_id, role, min(valid_from) as first_on from spells group by user_id, role),
    candidates as (
        -- Where several roles have the metric, the target is for the one held longest in the month.
        select
            targets.*,
            metrics.role,
            coalesce(metrics.is_additive, false) as is_additive,
            coalesce(days.days_in_role, 0) as days_in_role,
            coalesce(days.days_to_date, 0) as days_to_date,
            row_number() over (
                partition by targets.user_id, targets.month_start, targets.metric
                order by coalesce(days.days_in_role, 0) desc, metrics.role_order nulls last
            ) as place
        from targets
        left join metrics on targets.metric = metrics.metric
        left join
            days
            on targets.user_id = days.user_id
            and targets.month_start = days.month_start
            and metrics.role = days.role
    ),
    placed as (
        select
            candidates.*,
            cast(
                extract(year from candidates.month_start) * 12
                + extract(month from candidates.month_start)
                - extract(year from starts.first_on) * 12
                - extract(month from starts.first_on) as bigint
            ) as months_since_start
        from candidates
        left join starts on candidates.user_id = starts.user_id and candidates.role = starts.role
        where candidates.place = 1
    )
select
    placed.month_start,
    placed.user_id,
    placed.metric,
    placed.role,
    placed.target,
    placed.is_additive,
    {{ days_between("placed.month_start", "placed.month_end") }} as days_in_month,
    placed.days_in_role,
    placed.days_to_date,
    coalesce(ramp.factor, cast(1 as double)) as ramp_factor
from placed
left join
    {{ ref("ramp") }} as ramp
    on placed.role = ramp.role
    and placed.months_since_start = ramp.months_since_start
