{#
The three ways of drawing small samples to the mean of their group. Each is a query over `relation` with one row per group and person:

    the columns of `groups`, `person`, role_mean, prior_strength, between_variance, shrunk, variance

`relation` has the columns of `groups`, `person`, is_member (belongs to the group whose mean it is) and what is named below. What a
group without any data cannot have is NULL. Derivations and sources stand in _stats.yml.
#}
{# The mean of everybody's proportions, its strength as a number of trials, and doubt; everybody counts and has trials. #}
{% macro proportion_priors(relation, groups, with_doubt=true) %}
    {%- set keys = groups | join(", ") %}
    with
        differences as (
            {{
                between_people(
                    relation,
                    groups,
                    chance="mean * (1 - mean)",
                    room="(denominator - 1) * (1 - denominator / denominators)",
                    with_doubt=with_doubt,
                )
            }}
        )
    select
        {{ keys }},
        mean,
        {%- if with_doubt %} doubt, {%- endif %}
        case
            when mean > 0 and mean < 1 and between_variance is not null
            then 1 / least(greatest(between_variance / (mean * (1 - mean)), 1e-3), 5e-1) - 1
            when mean is not null
            then 999e0
        end as strength
    from differences
{% endmacro %}

{# Successes out of trials: numerator of denominator. #}
{% macro shrunk_proportions(relation, groups, person) %}
    {%- set keys = groups | join(", ") %}
    with
        population as (
            select {{ keys }}, numerator, denominator from {{ relation }} where is_member and denominator > 0
        ),
        priors as ({{ proportion_priors("population", groups) }}),
        estimates as (
            select
                {{ keys }},
                {{ person }},
                mean,
                doubt,
                strength,
                case when denominator > 0 then denominator else 0e0 end as trials,
                case
                    when denominator > 0
                    then (numerator + mean * strength) / (denominator + strength)
                    else mean
                end as shrunk
            from {{ relation }}
            left join priors using ({{ keys }})
        )
    select
        {{ keys }},
        {{ person }},
        mean as role_mean,
        strength as prior_strength,
        mean * (1 - mean) / (strength + 1) as between_variance,
        shrunk,
        shrunk * (1 - shrunk) / (trials + strength + 1)
        + {{ variance_by_doubt("doubt", "strength / (trials + strength)", "shrunk", "mean") }} as variance
    from estimates
{% endmacro %}

{# Events per exposure: numerator per denominator. prior_strength is NULL where everybody gets the mean. #}
{% macro shrunk_rates(relation, groups, person) %}
    {%- set keys = groups | join(", ") %}
    with
        population as (
            select {{ keys }}, numerator, denominator from {{ relation }} where is_member and denominator > 0
        ),
        differences as ({{ between_people("population", groups, chance="mean") }}),
        priors as (
            select
                {{ keys }},
                mean,
                doubt,
                case when mean is not null then coalesce(between_variance, 0e0) end as between_variance,
                mean / nullif(between_variance, 0) as strength
            from differences
        ),
        estimates as (
            select
                {{ keys }},
                {{ person }},
                mean,
                doubt,
                between_variance,
                strength,
                case when denominator > 0 then denominator else 0e0 end as exposure,
                case
                    when strength > 0 and denominator > 0
                    then (numerator + mean * strength) / (denominator + strength)
                    else mean
                end as shrunk
            from {{ relation }}
            left join priors using ({{ keys }})
        )
    select
        {{ keys }},
        {{ person }},
        mean as role_mean,
        strength as prior_strength,
        between_variance,
        shrunk,
        case
            when strength > 0
            then
                shrunk / (exposure + strength)
                + {{ variance_by_doubt("doubt", "strength / (exposure + strength)", "shrunk", "mean") }}
            else between_variance
        end as variance
    from estimates
{% endmacro %}

{# Amounts with a sampling variance: value, sampling_variance. Who has no sampling variance gets the mean. #}
{% macro shrunk_amounts(relation, groups, person) %}
    {%- set keys = groups | join(", ") %}
    with
        sampled as (
            select
                {{ keys }},
                {{ person }},
                is_member,
                value,
                case
                    when value is not null and sampling_variance is not null
                    then greatest(sampling_variance, 1e-4)
                end as within_variance
            from {{ relation }}
        ),
        population as (
            select
                {{ keys }},
                value,
                within_variance,
                value / within_variance as numerator,
                1 / within_variance as denominator
            from sampled
            where is_member and within_variance is not null
        ),
        differences as ({{ between_people("population", groups, chance="1e0") }}),
        spreads as (
            select {{ keys }}, doubt, coalesce(between_variance, 0e0) as between_variance from differences
        ),
        priors as (
            select
                {{ keys }},
                doubt,
                between_variance,
                {{ exact_sum("value / (between_variance + within_variance)") }}
                / {{ exact_sum("1 / (between_variance + within_variance)") }} as mean
            from population
            inner join spreads using ({{ keys }})
            group by {{ keys }}, doubt, between_variance
        ),
        estimates as (
            select
                {{ keys }},
                {{ person }},
                mean,
                doubt,
                between_variance,
                -- The weight of the mean, all of it for who is left out.
                case
                    when within_variance is not null
                    then within_variance / (between_variance + within_variance)
                    else 1e0
                end as pull,
                coalesce(value, mean) as value
            from sampled
            left join priors using ({{ keys }})
        )
    select
        {{ keys }},
        {{ person }},
        mean as role_mean,
        cast(null as double) as prior_strength,
        between_variance,
        (1 - pull) * value + pull * mean as shrunk,
        between_variance * pull
        + {{ variance_by_doubt("doubt", "pull * (1 - pull)", "value", "mean") }} as variance
    from estimates
{% endmacro %}
