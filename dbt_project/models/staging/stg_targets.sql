with
    current_targets as (
        {{
            current_versions(
                "targets",
                key=["user_id", "month", "metric"],
                columns=["user_id", "month", "metric", "target"],
                dated=false,
            )
        }}
    )
select user_id, month, metric, target
from current_targets
