{# The folder's schema as it stands, without the profile's in front: readers and checks know tables by these names. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
