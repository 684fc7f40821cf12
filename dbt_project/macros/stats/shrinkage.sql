{#
The three ways of drawing small samples to the mean of their group. Each is a query over `relation` with one row per group and person:

    the columns of `groups`, `person`, role_mean, prior_strength, between_variance, shrunk, variance

`relation` has the columns of `groups`, `person`, is_member (belongs to the group whose mean it is) and what is named below. What a
group without any data cannot have is NULL. Derivations and sources stand in _stats.yml.
#}
{# Successes out of trials: numerator of denominator. #}
{% macro shrunk_proportions(relation, groups, person) %}
    {%- set keys = groups | join(", ") %}
    with
        population as (
            select {{ keys }}, numerator, denominator from {{ relation }} where is_member and denominator > 0
        ),
        totals as (
            select
                {{ keys }},
                count(*) as people,
                {{ exact_sum("denominator") }} as trials,
                {{ exact_sum("numerator") }} / {{ exact_sum("denominator") }} as mean
            from population
            group by {{ keys }}
        ),
        deviations as (
            select
                {{ keys }},
                people,
                mean,
                (denominator - 1) * (1 - denominator / trials) as room,
                case
                    when mean > 0 and mean < 1
                    then
                        denominator
                        * (numerator / denominator - mean)
                        * (numerator / denominator - mean)
                        / (mean * (1 - mean))
                end as deviation
            from population
            inner join totals using ({{ keys }})
        ),
        moments as (
            select
                {{ keys }},
                people,
                mean,
                {{ exact_sum("deviation") }} - (people - 1) as excess,
                {{ exact_sum("room") }} as room
            from deviations
            group by {{ keys }}, people, mean
        ),
        priors as (
            select
                {{ keys }},
                mean,
                case
                    when mean > 0 and mean < 1 and people > 1 and room > 0
                    then 1 / least(greatest(excess / room, 1e-3), 5e-1) - 1
                    else 999e0
                end as strength
            from moments
        ),
        estimates as (
            select
                {{ keys }},
                {{ person }},
                mean,
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
        shrunk * (1 - shrunk) / (trials + strength + 1) as variance
    from estimates
{% endmacro %}

{# Events per exposure: numerator per denominator. prior_strength is NULL where everybody gets the mean. #}
{% macro shrunk_rates(relation, groups, person) %}
    {%- set keys = groups | join(", ") %}
    with
        population as (
            select {{ keys }}, numerator, denominator from {{ relation }} where is_member and denominator > 0
        ),
        totals as (
            select
                {{ keys }},
                count(*) as people,
                {{ exact_sum("denominator") }} as exposure,
                {{ exact_sum("numerator") }} / {{ exact_sum("denominator") }} as mean
            from population
            group by {{ keys }}
        ),
        deviations as (
            select
                {{ keys }},
                people,
                mean,
                denominator * (1 - denominator / exposure) as room,
                denominator * (numerator / denominator - mean) * (numerator / denominator - mean) as deviation
            from population
            inner join totals using ({{ keys }})
        ),
        moments as (
            select
                {{ keys }},
                people,
                mean,
                {{ exact_sum("deviation") }} - (people - 1) * mean as excess,
                {{ exact_sum("room") }} as room
            from deviations
            group by {{ keys }}, people, mean
        ),
        priors as (
            select
                {{ keys }},
                mean,
                case
                    when people > 1 and room > 0 and excess > 0 then excess / room else 0e0
                end as between_variance
            from moments
        )
    select
        {{ keys }},
        {{ person }},
        mean as role_mean,
        mean / nullif(between_variance, 0) as prior_strength,
        between_variance,
        case
            when between_variance > 0 and denominator > 0
            then (numerator + mean * mean / between_variance) / (denominator + mean / between_variance)
            else mean
        end as shrunk,
        case
            when between_variance > 0 and denominator > 0
            then
                (numerator + mean * mean / between_variance)
                / (denominator + mean / between_variance)
                / (denominator + mean / between_variance)
            else between_variance
        end as variance
    from {{ relation }}
    left join priors using ({{ keys }})
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
            select {{ keys }}, value, within_variance
            from sampled
            where is_member and within_variance is not null
        ),
        totals as (
            select
                {{ keys }},
                count(*) as people,
                {{ exact_sum("1 / within_variance") }} as weight,
                {{ exact_sum("value / within_variance") }} / {{ exact_sum("1 / within_variance") }} as center
            from population
            group by {{ keys }}
        ),
        deviations as (
            select
                {{ keys }},
                people,
                (1 - 1 / within_variance / weight) / within_variance as room,
                (value - center) * (value - center) / within_variance as deviation
            from population
            inner join totals using ({{ keys }})
        ),
        moments as (
            select
                {{ keys }},
                people,
                {{ exact_sum("deviation") }} - (people - 1) as excess,
                {{ exact_sum("room") }} as room
            from deviations
            group by {{ keys }}, people
        ),
        spreads as (
            select
                {{ keys }},
                case
                    when people > 1 and room > 0 and excess > 0 then excess / room else 0e0
                end as between_variance
            from moments
        ),
        priors as (
            select
                {{ keys }},
                between_variance,
                {{ exact_sum("value / (between_variance + within_variance)") }}
                / {{ exact_sum("1 / (between_variance + within_variance)") }} as mean
            from population
            inner join spreads using ({{ keys }})
            group by {{ keys }}, between_variance
        )
    select
        {{ keys }},
        {{ person }},
        mean as role_mean,
        cast(null as double) as prior_strength,
        between_variance,
        case
            when within_variance is not null
            then (between_variance * value + within_variance * mean) / (between_variance + within_variance)
            else mean
        end as shrunk,
        case
            when within_variance is not null
            then between_variance * within_variance / (between_variance + within_variance)
            else between_variance
        end as variance
    from sampled
    left join priors using ({{ keys }})
{% endmacro %}
