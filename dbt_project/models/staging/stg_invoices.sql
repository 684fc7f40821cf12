with
    context as (select as_of, company_time_zone from {{ ref("stg_context") }}),
    current_invoices as (
        {{
            current_versions(
                "invoices",
                key=["invoice_id"],
                columns=[
                    "invoice_id",
                    "account_id",
                    "invoiced_on",
                    "amount",
                    "currency",
                    "kind",
                    "updated_at",
                ],
            )
        }}
    )
select invoice_id, account_id, invoiced_on, amount, currency, kind, updated_at
from current_invoices
cross join context
where invoiced_on <= as_of
