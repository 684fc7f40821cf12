with
    context as (select as_of_ends_at, acceptance_sla_hours from {{ ref("stg_context") }}),
    handoffs as (
        select
            handoff_id,
            sdr_id,
            ae_id,
            sent_at,
            {{ month_of("sent_on") }} as sent_month,
            decision,
            decided_at,
            case
                when decision = 'rejected' then coalesce(nullif(trim(reject_reason), ''), '(none)')
            end as reject_reason,
            case
                when decision is not null then {{ micros_between("sent_at", "decided_at") }}
            end as micros_to_decision
        from {{ ref("stg_handoffs") }}
    )
select
    handoffs.handoff_id,
    handoffs.sdr_id,
    handoffs.ae_id,
    handoffs.sent_month,
    handoffs.decision,
    handoffs.reject_reason,
    handoffs.micros_to_decision,
    handoffs.decision is not null
    or handoffs.sent_at <= context.as_of_ends_at - context.acceptance_sla_hours * interval '1' hour as is_due,
    coalesce(
        handoffs.micros_to_decision <= context.acceptance_sla_hours * 3600000000, false
    ) as is_decided_in_sla
from handoffs
cross join context
