{#
How far people of a group differ beyond chance, and how well that is known: one row per group with the columns of `groups`, mean,
between_variance (NULL where nothing can be seen of it) and, with_doubt, doubt: the relative variance of between_variance.

`relation` has the columns of `groups`, numerator and denominator of each person, whose value is numerator / denominator. `chance` is
the variance that chance gives a value of denominator 1; it may use mean. `room` is what the spread grows by per unit of
between_variance; it may use denominator and denominators, their sum. Derivation and source stand in _stats.yml.
#}
{% macro between_people(
    relation,
    groups,
    chance,
    room="denominator * (1 - denominator / denominators)",
    with_doubt=true
) %}
    {%- set keys = groups | join(", ") %}
    with
        totals as (
            select
                {{ keys }},
                count(*) as people,
                {{ exact_sum("denominator") }} as denominators,
                {{ exact_sum("numerator") }} / {{ exact_sum("denominator") }} as mean
            from {{ relation }}
            group by {{ keys }}
        ),
        gaps as (
            select
                {{ keys }},
                people,
                mean,
                denominator,
                {{ room }} as room,
                numerator / denominator - mean as gap
            from {{ relation }}
            inner join totals using ({{ keys }})
        ),
        deviations as (select {{ keys }}, people, mean, room, denominator * gap * gap as deviation from gaps),
        spreads as (
            select
                {{ keys }},
                people,
                mean,
                -- With fewer than four the formula has no value; they count as four.
                cast(greatest(people, 4) as double) as counted,
                (people - 1) * ({{ chance }}) as by_chance,
                {{ exact_sum("deviation") }} as spread,
                {{ exact_sum("room") }} as room
            from deviations
            group by {{ keys }}, people, mean
        ),
        widened as (
            select spreads.*, greatest(spread, by_chance) * (counted - 1) / (counted - 3) as wide_spread
            from spreads
        ),
        moments as (
            select
                widened.*,
                case
                    when people > 1 and room > 0 then (wide_spread - by_chance) / room
                end as between_variance
            from widened
        )
    select
        {{ keys }},
        mean,
        between_variance
        {%- if with_doubt %}
            ,
            case
                when between_variance > 0
                then
                    least(
                        2
                        / (counted - 3)
                        * (wide_spread / (wide_spread - by_chance))
                        * (wide_spread / (wide_spread - by_chance)),
                        1e0
                    )
                else 0e0
            end as doubt
        {%- endif %}
    from moments
{% endmacro %}

{#
What not knowing between_variance exactly adds to the variance of a value: doubt times the square of what the value moves by as
between_variance grows. `pull` is the weight of the mean in the value.
#}
{% macro variance_by_doubt(doubt, pull, value, mean) -%}
    {{ doubt }} * ({{ pull }} * ({{ value }} - {{ mean }})) * ({{ pull }} * ({{ value }} - {{ mean }}))
{%- endmacro %}
