{# A sum of doubles that does not depend on the order of its terms. #}
{% macro exact_sum(term) -%}
    cast(
        sum(cast(greatest(least({{ term }}, 1e17), -1e17) as decimal(38, 18))) filter (
            where {{ term }} is not null
        ) as double
    )
{%- endmacro %}

{# The same for numbers from 0 to 1, of which there may be very many: counted in units of 1e-14. #}
{% macro exact_sum_of_shares(share) -%}
    cast(sum(cast(round({{ share }} * 1e14) as bigint)) as double) / 1e14
{%- endmacro %}
