select
    periods.period_type,
    periods.period_start,
    periods.period_end,
    periods.is_complete,
    lines.am_id,
    {{ display_name("lines.am_id", "users.full_name") }} as full_name,
    members.team,
    lines.account_id,
    accounts.segment as account_segment,
    lines.in_opening,
    lines.in_closing,
    lines.r0,
    lines.r1,
    lines.r1c,
    lines.line,
    lines.line_amount,
    lines.fx,
    lines.is_kept,
    lines.is_top,
    lines.purchases_0,
    lines.purchases_1,
    lines.other_am_id,
    {{ release_columns() }}
from {{ ref("fct_portfolio_lines") }} as lines
inner join
    {{ ref("int_periods") }} as periods
    on lines.period_type = periods.period_type
    and lines.period_start = periods.period_start
left join
    {{ ref("int_role_members") }} as members
    on members.role = 'AM'
    and lines.period_type = members.period_type
    and lines.period_start = members.period_start
    and lines.am_id = members.user_id
left join {{ ref("stg_users") }} as users on lines.am_id = users.user_id
left join {{ ref("stg_accounts") }} as accounts on lines.account_id = accounts.account_id
cross join {{ ref("stg_context") }} as context
-- Empty where invoices were never delivered.
where context.has_invoices
