{# A ratio of sums: DOUBLE, NULL where the denominator is 0 or unknown. #}
{% macro safe_ratio(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0)
{%- endmacro %}

{# Money in base currency, exact: not rounded here. Round once per deal or account with `cents`. #}
{% macro to_base(amount, rate) -%}
    cast(cast({{ amount }} as decimal(19, 2)) * cast({{ rate }} as decimal(18, 8)) as decimal(38, 10))
{%- endmacro %}

{#
Rounded half away from zero to cents; `amount` has ten decimals or fewer. It is cut to 18 digits first where they hold it, because DuckDB
divides what is wider bit by bit: 2 microseconds for each amount.
#}
{% macro cents(amount) -%}
    coalesce(
        cast(try_cast({{ amount }} as decimal(18, 10)) as decimal(18, 2)),
        cast({{ amount }} as decimal(18, 2))
    )
{%- endmacro %}

{# A count or sum that is 0 when nothing happened and NULL when an entity it needs was never delivered. #}
{% macro if_delivered(needs, expression) -%}
    case
        when {% for entity in needs %} has_{{ entity }}{% if not loop.last %} and {% endif %} {% endfor %}
        then {{ expression }}
    end
{%- endmacro %}

{#
Mean of a sum of money over a count, rounded half away from zero to cents. Counted in whole cents, because a quotient would pass
through DOUBLE and turn back to DECIMAL differently on each engine.
#}
{% macro mean_money(amount, count) -%}
    cast(
        sign({{ amount }}) * cast(
            floor(
                (2 * cast(abs({{ amount }}) * 100 as bigint) + {{ count }}) / nullif(2 * {{ count }}, 0)
            ) as bigint
        ) as decimal(20, 0)
    )
    * cast(1e-2 as decimal(3, 2))
{%- endmacro %}
