with
    current_users as (
        {{
            current_versions(
                "users",
                key=["user_id"],
                columns=["user_id", "full_name", "email", "is_active", "hired_on", "left_on", "updated_at"],
            )
        }}
    )
select user_id, full_name, email, is_active, hired_on, left_on, updated_at
from current_users
