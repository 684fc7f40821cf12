{{ config(materialized="view") }}
select
    activity_id,
    user_id,
    kind,
    occurred_at,
    occurred_on,
    is_completed,
    outcome,
    duration_seconds,
    lead_id,
    opportunity_id,
    account_id,
    updated_at
from {{ ref("stg_activities_tonight") }}
union all
select
    activity_id,
    user_id,
    kind,
    occurred_at,
    occurred_on,
    is_completed,
    outcome,
    duration_seconds,
    lead_id,
    opportunity_id,
    account_id,
    updated_at
from {{ source("night", "kept_activities") }}
