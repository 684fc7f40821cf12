{# Half the width of a 90 % interval, in standard deviations. #}
{% macro z_of_interval() -%} 1.645e0 {%- endmacro %}

{# Whether an interval leaves a mean on the better side, on the worse, or holds it. More is better; equal to 12 decimals is equal. #}
{% macro tier(low, high, mean) -%}
    case
        when round({{ low }} - {{ mean }}, 12) > 0
        then 'clearly_above'
        when round({{ high }} - {{ mean }}, 12) < 0
        then 'clearly_below'
        when {{ low }} is not null
        then 'not_separable'
    end
{%- endmacro %}
