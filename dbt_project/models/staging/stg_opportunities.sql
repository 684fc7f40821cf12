with
    context as (select as_of, company_time_zone from {{ ref("stg_context") }}),
    current_opportunities as (
        {{
            current_versions(
                "opportunities",
                key=["opportunity_id"],
                columns=[
                    "opportunity_id",
                    "owner_id",
                    "created_at",
                    "stage",
                    "is_closed",
                    "is_won",
                    "amount",
                    "currency",
                    "account_id",
                    "lead_id",
                    "expected_close_on",
                    "closed_at",
                    "loss_reason",
                    "updated_at",
                ],
            )
        }}
    ),
    dated as (
        select
            current_opportunities.*,
            {{ company_date("created_at") }} as created_on,
            {{ company_date("closed_at") }} as closed_on,
            context.as_of
        from current_opportunities
        cross join context
    )
select
    opportunity_id,
    owner_id,
    created_at,
    created_on,
    stage,
    is_closed and not coalesce(closed_on > as_of, false) as is_closed,
    is_won and not coalesce(closed_on > as_of, false) as is_won,
    amount,
    currency,
    account_id,
    lead_id,
    expected_close_on,
    case when not coalesce(closed_on > as_of, false) then closed_at end as closed_at,
    case when not coalesce(closed_on > as_of, false) then closed_on end as closed_on,
    case when not coalesce(closed_on > as_of, false) then loss_reason end as loss_reason,
    updated_at
from dated
where created_on <= as_of
