with
    context as (select as_of from {{ ref("stg_context") }}),
    dated as (
        -- Pay stands for its calendar month, whichever day of it was delivered; the last day wins.
        select
            user_id,
            {{ month_of("month") }} as month_start,
            {{ add_months(month_of("month"), 1) }} as month_end,
            amount,
            currency,
            selling_days,
            row_number() over (partition by user_id, {{ month_of("month") }} order by month desc) as recency
        from {{ ref("stg_variable_pay") }}
    ),
    complete as (
        select dated.*
        from dated
        cross join context
        where dated.recency = 1 and dated.month_end - 1 <= context.as_of
    ),
    delivered_months as (
        select month_start, row_number() over (order by month_start desc) as place
        from (select distinct month_start from complete) as months
    ),
    roles as (
        -- A month is paid for the role held longest in it.
        select
            user_id,
            period_start as month_start,
            role,
            row_number() over (
                partition by user_id, period_start
                order by days_in_role desc, case role when 'SDR' then 1 when 'AE' then 2 else 3 end
            ) as place
        from {{ ref("int_role_members") }}
        where period_type = 'month' and role in ('SDR', 'AE', 'AM')
    ),
    converted as (
        select
            complete.user_id,
            roles.role,
            complete.month_start,
            complete.month_end,
            {{ cents(to_base("complete.amount", "rates.rate_to_base")) }} as variable_pay,
            complete.selling_days
        from complete
        inner join delivered_months on complete.month_start = delivered_months.month_start
        inner join
            roles
            on complete.user_id = roles.user_id
            and complete.month_start = roles.month_start
            and roles.place = 1
        inner join
            {{ ref("int_fx_rates") }} as rates
            on complete.currency = rates.currency
            and complete.month_end - 1 >= rates.valid_from
            and complete.month_end - 1 < rates.valid_to
        where delivered_months.place <= 6
    )
select
    user_id,
    role,
    month_start,
    month_end,
    variable_pay,
    selling_days,
    cast({{ per_day("variable_pay", "selling_days") }} as decimal(18, 2)) as loss_per_day
from converted
