{# The key of a row of `relation` as one text, as the quarantine keeps it. A key of one column is that column. #}
{% macro key_text(relation, key) -%}
    {%- if key | length == 1 -%} cast({{ relation }}.{{ key[0] }} as string)
    {%- else -%}
        concat_ws('|' {%- for column in key %}, cast({{ relation }}.{{ column }} as string){% endfor %})
    {%- endif -%}
{%- endmacro %}
