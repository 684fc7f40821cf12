with
    current_fx_rates as (
        {{
            current_versions(
                "fx_rates",
                key=["currency", "rate_on"],
                columns=["currency", "rate_on", "rate_to_base"],
                dated=false,
            )
        }}
    )
select currency, rate_on, rate_to_base
from current_fx_rates
