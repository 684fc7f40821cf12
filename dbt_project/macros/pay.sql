{#
Money for a day, rounded half away from zero to cents, NULL without days. Days count to the thousandth, so that they can be counted in
whole numbers as `mean_money` asks.
#}
{% macro per_day(amount, days) -%}
    {{ mean_money("(" ~ amount ~ " * 1000)", "cast(round(" ~ days ~ " * 1000) as bigint)") }}
{%- endmacro %}
