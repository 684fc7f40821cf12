{# A sum of doubles that does not depend on the order of its terms. #}
{% macro exact_sum(term) -%}
    cast(
        sum(cast(greatest(least({{ term }}, 1e17), -1e17) as decimal(38, 18))) filter (
            where {{ term }} is not null
        ) as double
    )
{%- endmacro %}
