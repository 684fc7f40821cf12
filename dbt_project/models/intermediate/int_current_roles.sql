with
    context as (select as_of from {{ ref("stg_context") }}),
    assignments as (
        select
            assignments.user_id,
            assignments.role,
            assignments.team,
            assignments.manager_id,
            row_number() over (
                partition by assignments.user_id, assignments.role order by assignments.valid_from desc
            ) as recency
        from {{ ref("stg_assignments") }} as assignments
        cross join context
        where
            assignments.valid_from <= context.as_of
            and context.as_of < coalesce(assignments.valid_to, date '9999-12-31')
    ),
    gone as (
        select users.user_id
        from {{ ref("stg_users") }} as users
        cross join context
        where not users.is_active or users.left_on <= context.as_of
    )
select assignments.user_id, assignments.role, assignments.team, assignments.manager_id
from assignments
left join gone on assignments.user_id = gone.user_id
where assignments.recency = 1 and gone.user_id is null
