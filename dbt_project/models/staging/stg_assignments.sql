with
    current_assignments as (
        {{
            current_versions(
                "assignments",
                key=["user_id", "role", "valid_from"],
                columns=["user_id", "role", "valid_from", "valid_to", "team", "manager_id", "updated_at"],
            )
        }}
    )
select user_id, role, valid_from, valid_to, team, manager_id, updated_at
from current_assignments
