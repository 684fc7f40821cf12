with
    newest_accounts as (
        {{
            current_versions(
                "accounts",
                key=["account_id"],
                columns=["account_id", "name", "segment", "created_at", "merged_into_id", "updated_at"],
                keep_deleted=true,
            )
        }}
    )
select account_id, merged_into_id
from newest_accounts
where merged_into_id <> account_id
