{# Standard deviation of the difference between the eased shares `after_eased` and `before_eased` of n_after and n_before cases. #}
{% macro eased_sd() -%}
    sqrt(after_eased * (1 - after_eased) / (n_after + 2) + before_eased * (1 - before_eased) / (n_before + 2))
{%- endmacro %}
