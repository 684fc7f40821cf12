with
    context as (select as_of, company_time_zone from {{ ref("stg_context") }}),
    current_handoffs as (
        {{
            current_versions(
                "handoffs",
                key=["handoff_id"],
                columns=[
                    "handoff_id",
                    "lead_id",
                    "sdr_id",
                    "ae_id",
                    "sent_at",
                    "decision",
                    "decided_at",
                    "reject_reason",
                    "accept_reason",
                    "opportunity_id",
                    "updated_at",
                ],
            )
        }}
    ),
    dated as (
        select
            current_handoffs.*,
            {{ company_date("sent_at") }} as sent_on,
            {{ company_date("decided_at") }} as decided_on,
            context.as_of
        from current_handoffs
        cross join context
    )
select
    handoff_id,
    lead_id,
    sdr_id,
    ae_id,
    sent_at,
    sent_on,
    case when coalesce(decided_on <= as_of, true) then decision end as decision,
    case when coalesce(decided_on <= as_of, true) then decided_at end as decided_at,
    case when coalesce(decided_on <= as_of, true) then decided_on end as decided_on,
    case when coalesce(decided_on <= as_of, true) then reject_reason end as reject_reason,
    case when coalesce(decided_on <= as_of, true) then accept_reason end as accept_reason,
    opportunity_id,
    updated_at
from dated
where sent_on <= as_of
