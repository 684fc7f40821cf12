with
    context as (select as_of, company_time_zone from {{ ref("stg_context") }}),
    current_leads as (
        {{
            current_versions(
                "leads",
                key=["lead_id"],
                columns=[
                    "lead_id",
                    "created_at",
                    "sdr_id",
                    "source",
                    "segment",
                    "status",
                    "qualified_at",
                    "budget_confirmed",
                    "authority_confirmed",
                    "need_confirmed",
                    "timing_confirmed",
                    "updated_at",
                ],
            )
        }}
    ),
    dated as (
        select
            current_leads.*,
            {{ company_date("created_at") }} as created_on,
            {{ company_date("qualified_at") }} as qualified_on,
            context.as_of
        from current_leads
        cross join context
    )
select
    lead_id,
    created_at,
    created_on,
    sdr_id,
    source,
    segment,
    status,
    case when qualified_on <= as_of then qualified_at end as qualified_at,
    case when qualified_on <= as_of then qualified_on end as qualified_on,
    coalesce(budget_confirmed, false) as budget_confirmed,
    coalesce(authority_confirmed, false) as authority_confirmed,
    coalesce(need_confirmed, false) as need_confirmed,
    coalesce(timing_confirmed, false) as timing_confirmed,
    updated_at
from dated
where created_on <= as_of
