{# Events without a person go to this row, so that published totals equal staged ones. #}
{% macro unassigned() -%} '(unassigned)' {%- endmacro %}

{# The name to show for a person's id: of the user, or saying that nobody knows the id. #}
{% macro display_name(user_id, full_name) -%}
    case
        when {{ full_name }} is not null
        then {{ full_name }}
        when {{ user_id }} = {{ unassigned() }}
        then 'Unassigned'
        else 'Unassigned (' || {{ user_id }} || ')'
    end
{%- endmacro %}
