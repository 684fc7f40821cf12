with
    periods as (select * from {{ ref("int_periods") }}),
    spells as (select * from {{ ref("int_role_spells") }}),
    assignments as (select * from {{ ref("stg_assignments") }}),
    held as (
        select
            spells.role,
            periods.period_type,
            periods.period_start,
            periods.measured_to,
            spells.user_id,
            spells.tenure_from,
            greatest(spells.valid_from, periods.period_start) as held_from,
            least(spells.valid_to, periods.measured_to) as held_to
        from spells
        inner join
            periods on spells.valid_from < periods.measured_to and spells.valid_to > periods.period_start
    ),
    members as (
        select
            role,
            period_type,
            period_start,
            user_id,
            measured_to,
            cast(sum({{ days_between("held_from", "held_to") }}) as bigint) as days_in_role,
            max(held_to) - 1 as last_day_in_role,
            max(tenure_from) as tenure_from
        from held
        group by role, period_type, period_start, user_id, measured_to
    ),
    month_lengths as (
        select
            held.role,
            held.user_id,
            held.period_start as month_start,
            sum({{ days_between("held.held_from", "held.held_to") }}) as days_held,
            max({{ days_between("periods.period_start", "periods.period_end") }}) as days_of_month
        from held
        inner join
            periods on held.period_type = periods.period_type and held.period_start = periods.period_start
        where held.period_type = 'month'
        group by held.role, held.user_id, held.period_start
    ),
    months_held as (
        -- Days are added per length of month and divided once: a sum of fractions would depend on the order
        -- of its terms.
        select
            month_lengths.role,
            period_months.period_type,
            period_months.period_start,
            month_lengths.user_id,
            {% for length in [28, 29, 30, 31] -%}
                cast(sum(case when days_of_month = {{ length }} then days_held else 0 end) as double)
                / {{ length }}
                {%- if not loop.last %} + {% endif %}
            {%- endfor %} as months_in_role
        from month_lengths
        inner join
            {{ ref("int_period_months") }} as period_months
            on month_lengths.month_start = period_months.month_start
        group by
            month_lengths.role, period_months.period_type, period_months.period_start, month_lengths.user_id
    ),
    last_assignments as (
        select
            members.role,
            members.period_type,
            members.period_start,
            members.user_id,
            assignments.team,
            assignments.manager_id,
            row_number() over (
                partition by members.role, members.period_type, members.period_start, members.user_id
                order by assignments.valid_from desc
            ) as recency
        from members
        inner join
            assignments
            on members.user_id = assignments.user_id
            and members.role = assignments.role
            and members.last_day_in_role >= assignments.valid_from
            and members.last_day_in_role < coalesce(assignments.valid_to, date '9999-12-31')
    )
select
    members.role,
    members.period_type,
    members.period_start,
    members.user_id,
    last_assignments.team,
    last_assignments.manager_id,
    case
        when last_assignments.manager_id is not null
        then {{ display_name("last_assignments.manager_id", "managers.full_name") }}
    end as manager_name,
    members.last_day_in_role = members.measured_to - 1 as in_role_at_end,
    members.days_in_role,
    months_held.months_in_role,
    {{ days_between("members.tenure_from", "members.measured_to") }} as tenure_days
from members
inner join months_held using (role, period_type, period_start, user_id)
inner join last_assignments using (role, period_type, period_start, user_id)
left join {{ ref("stg_users") }} as managers on last_assignments.manager_id = managers.user_id
where last_assignments.recency = 1
