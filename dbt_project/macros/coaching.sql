{# How many days before and after a first session are compared, and how long no earlier session may have been. #}
{% macro episode_days() -%} 60 {%- endmacro %}

{# Metrics made of events that each have their day, so that they can be cut around a session: int_daily_events holds them. #}
{% macro dated_metrics() -%}
    (
        'acceptance_rate',
        'qualified_lead_rate',
        'qualification_efficiency',
        'lead_velocity',
        'reason_rate',
        'close_rate_decided'
    )
{%- endmacro %}
