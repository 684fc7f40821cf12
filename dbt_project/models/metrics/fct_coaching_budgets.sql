with
    context as (select coaching_premium from {{ ref("stg_context") }}),
    paid as (
        select
            user_id,
            role,
            min(month_start) as first_month,
            max(month_start) as last_month,
            count(*) as months,
            cast(sum(variable_pay) as decimal(18, 2)) as variable_pay,
            -- By the thousandth, since a sum of fractions would depend on the order of its terms.
            cast(sum(cast(round(selling_days * 1000) as bigint)) as double) / 1000 as selling_days,
            cast(round(median(cast(loss_per_day * 100 as bigint))) as bigint) as median_cents,
            max(loss_per_day) as loss_per_day_best_month
        from {{ ref("int_pay_months") }}
        group by user_id, role
    ),
    lost as (
        select
            paid.*,
            cast({{ per_day("variable_pay", "selling_days") }} as decimal(18, 2)) as loss_per_day,
            cast(
                cast(median_cents as decimal(18, 0)) * cast(1e-2 as decimal(3, 2)) as decimal(18, 2)
            ) as loss_per_day_median_month,
            coaching_premium as premium,
            10000 + cast(round(coaching_premium * 10000) as bigint) as ten_thousandths
        from paid
        cross join context
    ),
    priced as (
        select
            lost.*,
            volumes.minutes,
            cast(
                {{ mean_money("(loss_per_day * ten_thousandths)", "10000") }} as decimal(18, 2)
            ) as pay_per_day,
            volumes.coachees,
            volumes.coachee_volume
        from lost
        inner join
            {{ ref("int_coached_volumes") }} as volumes
            on lost.user_id = volumes.user_id
            and lost.role = volumes.role
    ),
    budgeted as (
        select
            priced.*,
            cast(minutes as double) / 480 as coaching_days,
            cast({{ mean_money("(pay_per_day * minutes)", "480") }} as decimal(18, 2)) as coaching_cost
        from priced
    )
select
    user_id,
    role,
    first_month,
    last_month,
    months,
    variable_pay,
    selling_days,
    loss_per_day,
    loss_per_day_median_month,
    loss_per_day_best_month,
    premium,
    pay_per_day,
    coaching_days,
    coaching_cost,
    coachees,
    coachee_volume,
    {{ safe_ratio("coaching_cost", "coachee_volume") }} as break_even
from budgeted
