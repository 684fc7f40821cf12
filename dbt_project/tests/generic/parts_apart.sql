{# Keys that both parts of a union tell. Each part is one row per key, and where none of these is left so is the union `model`. #}
{% test parts_apart(model, column, part, other_part) %}
    select {{ column }} from {{ other_part }} where {{ column }} in (select {{ column }} from {{ part }})
{% endtest %}
