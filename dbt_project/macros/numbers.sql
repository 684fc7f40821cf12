{# A ratio of sums: DOUBLE, NULL where the denominator is 0 or unknown. #}
{% macro safe_ratio(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0)
{%- endmacro %}

{# Money in base currency, exact: not rounded here. Round once per deal or account with `cents`. #}
{% macro to_base(amount, rate) -%}
    cast(cast({{ amount }} as decimal(19, 2)) * cast({{ rate }} as decimal(18, 8)) as decimal(38, 10))
{%- endmacro %}

{# Rounded half away from zero to cents. #}
{% macro cents(amount) -%} cast({{ amount }} as decimal(18, 2)) {%- endmacro %}

{# A count or sum that is 0 when nothing happened and NULL when an entity it needs was never delivered. #}
{% macro if_delivered(needs, expression) -%}
    case
        when {% for entity in needs %} has_{{ entity }}{% if not loop.last %} and {% endif %} {% endfor %}
        then {{ expression }}
    end
{%- endmacro %}
