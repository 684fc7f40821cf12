with
    context as (select as_of, company_time_zone from {{ ref("stg_context") }}),
    current_opportunity_history as (
        {{
            current_versions(
                "opportunity_history",
                key=["opportunity_id", "changed_at", "stage"],
                columns=[
                    "opportunity_id",
                    "changed_at",
                    "stage",
                    "seq",
                    "owner_id",
                    "amount",
                    "expected_close_on",
                ],
                dated=false,
            )
        }}
    ),
    dated as (
        select current_opportunity_history.*, {{ company_date("changed_at") }} as changed_on, context.as_of
        from current_opportunity_history
        cross join context
    )
select opportunity_id, changed_at, changed_on, stage, seq, owner_id, amount, expected_close_on
from dated
