{# The content of a raw row as one text: every delivered column, none of those that say where the row came from. #}
{% macro row_content(relation) -%}
    md5(
        cast(
            row(
                *columns(
                    {{ relation }}.* exclude(_source, _delivered_on, _version, _is_full, _file_sha, _line)
                )
            ) as varchar
        )
    )
{%- endmacro %}

{# The first texts of a group in their order, as a JSON list. #}
{% macro first_as_json(column, count) -%}
    cast(to_json(list_sort(list({{ column }}))[:{{ count }}]) as varchar)
{%- endmacro %}
