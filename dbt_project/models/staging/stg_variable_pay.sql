with
    current_variable_pay as (
        {{
            current_versions(
                "variable_pay",
                key=["user_id", "month"],
                columns=["user_id", "month", "amount", "currency", "selling_days"],
                dated=false,
            )
        }}
    )
select user_id, month, amount, currency, selling_days
from current_variable_pay
