with
    current_account_owners as (
        {{
            current_versions(
                "account_owners",
                key=["account_id", "am_id", "valid_from"],
                columns=["account_id", "am_id", "valid_from", "valid_to", "updated_at"],
            )
        }}
    )
select account_id, am_id, valid_from, valid_to, updated_at
from current_account_owners
