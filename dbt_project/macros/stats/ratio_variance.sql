{#
Sampling variance s² of a ratio of sums Y/R over n accounts, where account i was worth r_i before and y_i after:

    s² = n/(n-1) · Σ (y_i - r_i·Y/R)² / R²

This is the linearised variance of a ratio estimator (Cochran, Sampling Techniques, 1977, section 6.4), the accounts taken as a
sample of those the person might have had. With the change d_i = y_i - r_i, D = Σ d_i and g = D/R the bracket is d_i - g·r_i, so

    Σ (y_i - r_i·Y/R)² = Σ d² - 2·g·Σ r·d + g²·Σ r²

The three sums are exact in DECIMAL whatever the order of the rows, and of changes less cancels than of values. s² is at least 0.0001,
a standard error of one point, because a few accounts that move alike prove nothing. NULL for fewer than two accounts.

Arguments are columns: `accounts` n, `opening` R, `change` D, and the sums of r², r·d and d².
#}
{% macro ratio_variance(accounts, opening, change, opening_squares, products, change_squares) -%}
    {%- set growth -%} ({{ safe_ratio(change, opening) }}) {%- endset -%}
    {%- set square_of_opening -%}
        (cast({{ opening }} as double) * cast({{ opening }} as double))
    {%- endset -%}
    case
        when {{ accounts }} >= 2
        then
            greatest(
                cast({{ accounts }} as double)
                / ({{ accounts }} - 1)
                * (
                    cast({{ change_squares }} as double)
                    - 2 * {{ growth }} * cast({{ products }} as double)
                    + {{ growth }} * {{ growth }} * cast({{ opening_squares }} as double)
                )
                / {{ square_of_opening }},
                1e-4
            )
    end
{%- endmacro %}
