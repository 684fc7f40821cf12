{#
Sampling variance s² of a ratio of sums Y/R over n accounts, where account i was worth r_i before and y_i after:

    s² = φ · Σ r_i² / R²

φ is by how much chance moves an account, in squares of its own worth, and one figure for all AMs of a period: of k AMs with at least
two accounts each,

    φ = Σ_k n·[Σ (y_i - r_i·Y/R)² / Σ r_i²] / Σ_k (n - 1)

With one AM this is the linearised variance of a ratio estimator, n/(n-1) · Σ (y_i - r_i·Y/R)² / R² (Cochran, Sampling Techniques,
1977, section 6.4), the accounts taken as a sample of those the person might have had; more AMs are pooled as variances are, each by its
n - 1. An AM's own φ would say how lucky they were: who happened to lose nobody has no spread, would count as known exactly and would set
the mean for the others. The number and the sizes of an AM's accounts stay their own.
#}
{#
n · Σ (y - r·Y/R)² / Σ r² of one AM, (n - 1) times their own φ; NULL for fewer than two accounts. With the change d = y - r and
g = Σd/R the bracket is d - g·r, so

    Σ (y - r·Y/R)² = Σ d² - 2·g·Σ r·d + g²·Σ r²

The three sums are exact in DECIMAL whatever the order of the rows, and of changes less cancels than of values.
#}
{% macro account_noise(accounts, opening, change, opening_squares, products, change_squares) -%}
    {%- set growth -%} ({{ safe_ratio(change, opening) }}) {%- endset -%}
    case
        when {{ accounts }} >= 2
        then
            cast({{ accounts }} as double) * greatest(
                cast({{ change_squares }} as double)
                - 2 * {{ growth }} * cast({{ products }} as double)
                + {{ growth }} * {{ growth }} * cast({{ opening_squares }} as double),
                0e0
            )
            / cast({{ opening_squares }} as double)
    end
{%- endmacro %}

{# s², from φ. At least 0.0001, a standard error of one point, because a few accounts that move alike prove nothing. #}
{% macro ratio_variance(noise, accounts, opening, opening_squares) -%}
    case
        when {{ accounts }} >= 2 and {{ noise }} is not null
        then
            greatest(
                {{ noise }}
                * cast({{ opening_squares }} as double)
                / (cast({{ opening }} as double) * cast({{ opening }} as double)),
                1e-4
            )
    end
{%- endmacro %}
