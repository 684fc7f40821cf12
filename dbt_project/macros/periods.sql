{# The latest complete quarter, one row: quarter_start, NULL before there is one. Coaching looks at people as they stood in it. #}
{% macro latest_quarter() -%}
    select max(period_start) as quarter_start
    from {{ ref("int_periods") }}
    where period_type = 'quarter' and is_complete
{%- endmacro %}
