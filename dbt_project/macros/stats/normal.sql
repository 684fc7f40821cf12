{# Φ(x), the standard normal distribution function: Abramowitz & Stegun 26.2.17. #}
{% macro normal_cdf(x) -%}
    {%- set size -%} least(abs({{ x }}), 4e1) {%- endset -%}
    {%- set t -%} (1 / (1 + 2.316419e-1 * {{ size }})) {%- endset -%}
    {%- set tail -%}
        exp(-5e-1 * {{ size }} * {{ size }}) * 3.989422804014327e-1 * {{ t }} * (
            3.1938153e-1 + {{ t }} * (
                -3.56563782e-1 + {{ t }} * (
                    1.781477937e0 + {{ t }} * (-1.821255978e0 + {{ t }} * 1.330274429e0)
                )
            )
        )
    {%- endset -%}
    (5e-1 + sign({{ x }}) * (5e-1 - {{ tail }}))
{%- endmacro %}

{# Φ(difference / sd); where there is no spread it is a step, and Φ(0/0) = ½. #}
{% macro normal_cdf_of(difference, sd) -%}
    {{ normal_cdf("((" ~ difference ~ ") / greatest(" ~ sd ~ ", 1e-200))") }}
{%- endmacro %}

{# How many values stand for a normal distribution where it is averaged over. #}
{% macro mid_quantile_count() -%} 21 {%- endmacro %}

{# The quantiles of N(0, 1) at (j - ½)/21, j = 1 … 21: equally likely values. One row each: quantile_no, z. #}
{% macro mid_quantiles() -%}
    {%- set positive = [
        "1.1964811303984216e-1",
        "2.4104039388602683e-1",
        "3.6610635680056969e-1",
        "4.9720057068155399e-1",
        "6.3748416096237703e-1",
        "7.9163860774337458e-1",
        "9.6742156610170138e-1",
        "1.1797611176118603e0",
        "1.4652337926855223e0",
        "1.9807523966472784e0",
    ] -%}
    select quantile_no, z
    from
        (
            values
                (0, 0e0),
                {% for z in positive -%}
                    ({{ loop.index }}, {{ z }}),
                    (-{{ loop.index }}, -{{ z }})
                    {% if not loop.last %},{% endif %}
                {% endfor %}
        ) as mid_quantiles(quantile_no, z)
{%- endmacro %}
