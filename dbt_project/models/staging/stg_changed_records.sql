{#
What a record can have changed: the things that metrics count (a lead, a hand-off, a deal, an account, the touches of a lead in a
month, a session), a person's roles or a currency. `keys` is the key of the entity, `things` what its rows speak of.
#}
{% set touched_lead -%}
    user_id || '|' || cast({{ month_of(company_date("occurred_at")) }} as string) || '|' || coalesce(lead_id, '(none)')
{%- endset %}
{% set records = {
    "assignments": {"keys": ["user_id", "role", "valid_from"], "things": [["users", "user_id"]]},
    "leads": {"keys": ["lead_id"], "things": [["leads", "lead_id"]]},
    "activities": {"keys": ["activity_id"], "things": [["activities", touched_lead]]},
    "handoffs": {
        "keys": ["handoff_id"],
        "things": [
            ["handoffs", "handoff_id"],
            ["leads", "lead_id"],
            ["opportunities", "opportunity_id"],
        ],
    },
    "opportunities": {
        "keys": ["opportunity_id"],
        "things": [
            ["opportunities", "opportunity_id"],
            ["leads", "lead_id"],
            ["accounts", "account_id"],
        ],
    },
    "opportunity_history": {
        "keys": ["opportunity_id", "changed_at", "stage"],
        "things": [["opportunities", "opportunity_id"]],
    },
    "accounts": {
        "keys": ["account_id"],
        "things": [["accounts", "account_id"], ["accounts", "merged_into_id"]],
    },
    "account_owners": {
        "keys": ["account_id", "am_id", "valid_from"],
        "things": [["accounts", "account_id"]],
    },
    "invoices": {"keys": ["invoice_id"], "things": [["accounts", "account_id"]]},
    "coaching_sessions": {"keys": ["session_id"], "things": [["coaching_sessions", "session_id"]]},
    "fx_rates": {"keys": ["currency", "rate_on"], "things": [["currencies", "currency"]]},
} %}
with
    context as (select company_time_zone from {{ ref("stg_context") }}),
    {% for entity, record in records.items() -%} {{ changed_records(entity, record["keys"]) }}, {% endfor %}
    told as (
        {% for entity, record in records.items() %}
            {% set outer_loop = loop %}
            {% for thing, thing_id in record.things -%}
                {%- if not (outer_loop.first and loop.first) %}
                    union
                {% endif -%}
                select
                    '{{ entity }}' as entity,
                    changes.record_id,
                    changes.change,
                    {%- if entity == "accounts" %}
                        bool_or(delivered.merged_into_id is not null) over (
                            partition by changes.record_id
                        ) as is_merge,
                    {%- else %} false as is_merge,
                    {%- endif %}
                    '{{ thing }}' as thing,
                    {{ thing_id }} as thing_id
                from {{ source("crm", entity) }} as delivered
                inner join
                    {{ entity }}_changes as changes
                    on changes.record_id = {{ key_text("delivered", record["keys"]) }}
                {%- if entity == "activities" %} cross join context {% endif %}
            {% endfor %}
        {%- endfor %}
    )
select entity, record_id, change, is_merge, thing, thing_id
from told
where thing_id is not null
