{# Numbers as a person reads them, in the language of the sentence (column `language`, en or ru). #}
{# A number written with comma and point, with the separators of the language. #}
{% macro separated(text) -%}
    translate({{ text }}, ',.', case when language = 'ru' then ' ,' else ',.' end)
{%- endmacro %}

{# A number with its thousands apart: whole from 100 on or where it is whole, else with one decimal, below 1 with two. #}
{% macro shown_number(x) -%}
    {%- set text -%}
        case
            when abs({{ x }}) >= 100 or abs({{ x }} - round({{ x }})) < 5e-10
            then format('{:,}', cast(round({{ x }}) as bigint))
            when abs({{ x }}) >= 1
            then format('{:.1f}', {{ x }})
            else format('{:.2f}', {{ x }})
        end
    {%- endset -%}
    {{ separated(text) }}
{%- endmacro %}

{# A share in percent, with one decimal below 10. #}
{% macro shown_percent(x) -%}
    {%- set text -%}
        case
            when abs({{ x }}) < 9.95e-2 and round(1000 * {{ x }}) <> 0
            then format('{:.1f}', 100 * {{ x }})
            else format('{:d}', cast(round(100 * {{ x }}) as bigint))
        end
    {%- endset -%}
    {{ separated(text) }} || ' %'
{%- endmacro %}

{# A value as the metric's `shown_as` says. #}
{% macro shown(x, shown_as) -%}
    case when {{ shown_as }} = 'percent' then {{ shown_percent(x) }} else {{ shown_number(x) }} end
{%- endmacro %}

{# A difference with its sign, of shares in points. #}
{% macro shown_difference(x, shown_as) -%}
    case when {{ x }} > 0 then '+' else '' end || case
        when {{ shown_as }} = 'percent'
        then
            {{ separated("format('{:.1f}', 100 * " ~ x ~ ")") }}
            || case when language = 'ru' then ' п. п.' else ' points' end
        else {{ shown_number(x) }}
    end
{%- endmacro %}

{# A text with parentheses for its braces. #}
{% macro without_braces(text) -%} translate({{ text }}, '{}', '()') {%- endmacro %}
