with
    context as (select as_of, company_time_zone from {{ ref("stg_context") }}),
    current_activities as (
        {{
            current_versions(
                "activities",
                raw_rows=source("night", "activities_tonight"),
                key=["activity_id"],
                columns=[
                    "activity_id",
                    "user_id",
                    "kind",
                    "occurred_at",
                    "is_completed",
                    "outcome",
                    "duration_seconds",
                    "lead_id",
                    "opportunity_id",
                    "account_id",
                    "updated_at",
                ],
            )
        }}
    ),
    dated as (
        select current_activities.*, {{ company_date("occurred_at") }} as occurred_on, context.as_of
        from current_activities
        cross join context
    )
select
    activity_id,
    user_id,
    kind,
    occurred_at,
    occurred_on,
    coalesce(is_completed, true) as is_completed,
    outcome,
    duration_seconds,
    lead_id,
    opportunity_id,
    account_id,
    updated_at
from dated
where
    occurred_on <= as_of
    and {{ month_of("occurred_on") }} not in (select month_start from {{ source("night", "kept_months") }})
