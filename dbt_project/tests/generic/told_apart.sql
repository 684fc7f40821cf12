{# Rows whose key is told by another relation too: each of the two is one row per key, and so is their union. #}
{% test told_apart(model, column, others) %}
    select {{ column }} from {{ others }} where {{ column }} in (select {{ column }} from {{ model }})
{% endtest %}
