with context as (select release_id, built_at from {{ ref("stg_context") }})
select
    budgets.user_id,
    {{ display_name("budgets.user_id", "users.full_name") }} as full_name,
    budgets.role,
    members.team,
    budgets.first_month,
    budgets.last_month,
    budgets.months,
    budgets.variable_pay,
    budgets.selling_days,
    budgets.loss_per_day,
    budgets.loss_per_day_median_month,
    budgets.loss_per_day_best_month,
    budgets.premium,
    budgets.pay_per_day,
    budgets.coaching_days,
    budgets.coaching_cost,
    budgets.coachees,
    budgets.coachee_volume,
    budgets.break_even,
    context.release_id,
    context.built_at as updated_at
from {{ ref("fct_coaching_budgets") }} as budgets
cross join context
left join
    {{ ref("int_role_members") }} as members
    on members.period_type = 'month'
    and budgets.role = members.role
    and budgets.last_month = members.period_start
    and budgets.user_id = members.user_id
left join {{ ref("stg_users") }} as users on budgets.user_id = users.user_id
