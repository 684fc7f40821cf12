with
    context as (select * from {{ ref("stg_context") }}),
    users as (select user_id, full_name from {{ ref("stg_users") }})
select
    changes.role,
    changes.metric,
    changes.period_type,
    changes.period_start,
    changes.user_id,
    changes.cause,
    {{ display_name("changes.user_id", "coalesce(users.full_name, changes.full_name_before)") }} as full_name,
    changes.value_before,
    changes.value_after,
    changes.change_of_cause,
    changes.entity,
    changes.records,
    changes.record_ids_json,
    changes.since_release_id,
    -- Known once the gate has read what people acknowledged; pipelines/release fills it.
    false as is_acknowledged,
    {{ release_columns() }}
from {{ ref("fct_closed_period_changes") }} as changes
left join users on changes.user_id = users.user_id
cross join context
-- An unexplained change of an event total holds the night; those of other figures are counted by the gate.
where changes.cause <> 'unexplained'
