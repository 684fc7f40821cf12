with
    assignments as (
        select user_id, role, valid_from, coalesce(valid_to, date '9999-12-31') as valid_to
        from {{ ref("stg_assignments") }}
        where valid_from < coalesce(valid_to, date '9999-12-31')
    ),
    reached as (
        -- How far the earlier assignments of the same person and role reach.
        select
            user_id,
            role,
            valid_from,
            valid_to,
            max(valid_to) over (
                partition by user_id, role
                order by valid_from, valid_to
                rows between unbounded preceding and 1 preceding
            ) as reached_to
        from assignments
    ),
    numbered as (
        select
            user_id,
            role,
            valid_from,
            valid_to,
            sum(case when reached_to is null or valid_from > reached_to then 1 else 0 end) over spell_order
            as spell,
            sum(
                case when reached_to is null or valid_from - reached_to > 31 then 1 else 0 end
            ) over spell_order as tenure
        from reached
        window
            spell_order as (partition by user_id, role order by valid_from, valid_to rows unbounded preceding)
    )
select
    user_id,
    role,
    min(valid_from) as valid_from,
    max(valid_to) as valid_to,
    min(min(valid_from)) over (partition by user_id, role, tenure) as tenure_from
from numbered
group by user_id, role, tenure, spell
