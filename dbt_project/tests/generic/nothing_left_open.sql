{# A sentence that asked for a number it was not given still holds the name in braces. #}
{% test nothing_left_open(model) %}
    select * from {{ model }} where regexp_matches(text, '[{][a-z]+[}]')
{% endtest %}
