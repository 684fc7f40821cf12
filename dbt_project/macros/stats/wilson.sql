{# One end of the interval of a share of n cases; `side` is + or -, z half its width in standard deviations. #}
{% macro wilson_bound(share, n, side, z=none) -%}
    {%- set z = z or z_of_interval() -%}
    (
        {{ share }} + {{ z }} * {{ z }} / (2 * {{ n }})
        {{ side }} {{ z }}
        * sqrt({{ share }} * (1 - {{ share }}) / {{ n }} + {{ z }} * {{ z }} / (4 * {{ n }} * {{ n }}))
    )
    / (1 + {{ z }} * {{ z }} / {{ n }})
{%- endmacro %}
