with
    context as (select as_of, company_time_zone from {{ ref("stg_context") }}),
    current_accounts as (
        {{
            current_versions(
                "accounts",
                key=["account_id"],
                columns=["account_id", "name", "segment", "created_at", "merged_into_id", "updated_at"],
            )
        }}
    ),
    dated as (
        select current_accounts.*, {{ company_date("created_at") }} as created_on, context.as_of
        from current_accounts
        cross join context
    )
select account_id, name, segment, created_at, created_on, merged_into_id, updated_at
from dated
where created_on <= as_of
