{# Whether an entity that a metric needs, as the seed metrics lists them, was never delivered. #}
{% macro entity_missing(needs) -%}
    (
        {%- for entity in [
            "leads",
            "activities",
            "handoffs",
            "opportunities",
            "opportunity_history",
            "invoices",
            "coaching_sessions",
        ] %}
            (
                position(', {{ entity }},' in ', ' || coalesce({{ needs }}, '') || ',') > 0
                and not has_{{ entity }}
            )
            {%- if not loop.last %} or {% endif %}
        {%- endfor %}
    )
{%- endmacro %}
