with
    context as (select as_of, company_time_zone from {{ ref("stg_context") }}),
    current_coaching_sessions as (
        {{
            current_versions(
                "coaching_sessions",
                key=["session_id"],
                columns=[
                    "session_id",
                    "coach_id",
                    "coachee_id",
                    "held_on",
                    "minutes",
                    "kind",
                    "topic",
                    "notes_url",
                    "updated_at",
                ],
            )
        }}
    )
select session_id, coach_id, coachee_id, held_on, minutes, kind, topic, notes_url, updated_at
from current_coaching_sessions
cross join context
where held_on <= as_of
