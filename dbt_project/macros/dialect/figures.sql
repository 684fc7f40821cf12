{#
Every column of a relation but its keys as rows: the keys, figure (the column's name), amount (DOUBLE, NULL where the column holds no
number). The engine lists the columns, so that a new one needs no line here and compiled SQL runs wherever the relation is.
#}
{% macro figures(relation, keys) %}
    {%- set keys = keys | join(", ") -%}
    select {{ keys }}, figure, amount
    from
        (
            select {{ keys }}, try_cast(cast(columns(* exclude({{ keys }})) as varchar) as double)
            from {{ relation }}
        ) as numbers
        unpivot include nulls(amount for figure in (columns(* exclude({{ keys }}))))
{% endmacro %}
