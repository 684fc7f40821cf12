{#
Who stands where among the people of a group, and how surely: a query over `relation` with one row per group and person:

    the columns of `groups`, `person`, rank, rank_low, rank_high, expected_rank, ranked_count

Arguments: `value` (more is better; equal to 12 decimals is equal) and its standard deviation `sd`. Groups of more than `exact_up_to`
people are read from a table of 256 points; `most_halvings` bounds the search to groups of 2^most_halvings people. Derivation and source
stand in _stats.yml.
#}
{% macro rank_intervals(relation, groups, person, value, sd, exact_up_to=50, most_halvings=14) %}
    {%- set keys = groups | join(", ") %}
    with
        numbered as (
            select
                {{ keys }},
                {{ person }},
                dense_rank() over (order by {{ keys }}) as group_no,
                row_number() over (order by {{ keys }}, {{ person }}) as person_no,
                round(cast({{ value }} as double), 12) as place,
                {{ sd }} as sd
            from {{ relation }}
        ),
        placed as (
            select
                {{ keys }},
                {{ person }},
                group_no,
                person_no,
                place,
                sd,
                cast(rank() over (partition by group_no order by place desc) as bigint) as rank,
                cast(count(*) over (partition by group_no) as bigint) as ranked_count
            from numbered
        ),
        quantiles as ({{ mid_quantiles() }}),
        stands as (
            -- Where the person may truly be: 21 equally likely places.
            select
                placed.group_no,
                placed.person_no,
                placed.place,
                placed.sd,
                placed.ranked_count,
                quantiles.quantile_no,
                placed.place + quantiles.z * placed.sd as stand
            from placed
            cross join quantiles
        ),
        pairs as (
            select
                stands.person_no,
                stands.quantile_no,
                {{ normal_cdf_of("others.place - stands.stand", "others.sd") }} as is_ahead
            from stands
            inner join
                placed as others on stands.group_no = others.group_no and stands.person_no <> others.person_no
            where stands.ranked_count <= {{ exact_up_to }}
        ),
        exactly as (
            select
                person_no,
                quantile_no,
                {{ exact_sum_of_shares("is_ahead") }} as ahead,
                {{ exact_sum_of_shares("is_ahead * (1 - is_ahead)") }} as variance
            from pairs
            group by person_no, quantile_no
        ),
        sorted as (
            select
                group_no,
                person_no,
                quantile_no,
                place,
                sd,
                stand,
                row_number() over (partition by group_no order by stand, person_no, quantile_no)
                - 1 as stand_no,
                ranked_count * {{ mid_quantile_count() }} - 1 as last_no
            from stands
            where ranked_count > {{ exact_up_to }}
        ),
        bracketed as (
            select
                group_no,
                person_no,
                quantile_no,
                stand,
                cast(floor(stand_no * 255e0 / last_no) as bigint) as point_no,
                {{ normal_cdf_of("place - stand", "sd") }} as self_ahead
            from sorted
        ),
        points as (
            -- 256 of the stands, equally many between each two of them.
            select group_no, point_no, min(stand) as stand from bracketed group by group_no, point_no
        ),
        aheads as (
            select
                points.group_no,
                points.point_no,
                points.stand,
                {{ normal_cdf_of("placed.place - points.stand", "placed.sd") }} as is_ahead
            from points
            inner join placed on points.group_no = placed.group_no
        ),
        tabulated as (
            select
                group_no,
                point_no,
                stand,
                {{ exact_sum_of_shares("is_ahead") }} as ahead,
                {{ exact_sum_of_shares("is_ahead * (1 - is_ahead)") }} as variance
            from aheads
            group by group_no, point_no, stand
        ),
        weighed as (
            select
                bracketed.person_no,
                bracketed.quantile_no,
                bracketed.self_ahead,
                low.ahead as low_ahead,
                coalesce(high.ahead, low.ahead) as high_ahead,
                low.variance as low_variance,
                coalesce(high.variance, low.variance) as high_variance,
                coalesce((bracketed.stand - low.stand) / nullif(high.stand - low.stand, 0), 0e0) as part
            from bracketed
            inner join
                tabulated as low on bracketed.group_no = low.group_no and bracketed.point_no = low.point_no
            left join tabulated as high on low.group_no = high.group_no and low.point_no + 1 = high.point_no
        ),
        nearly as (
            select
                person_no,
                quantile_no,
                low_ahead + part * (high_ahead - low_ahead) - self_ahead as ahead,
                low_variance
                + part * (high_variance - low_variance)
                - self_ahead * (1 - self_ahead) as variance
            from weighed
        ),
        ranks_of_stands as (
            select
                stands.person_no,
                1 + coalesce(exactly.ahead, nearly.ahead, 0e0) as mean,
                sqrt(greatest(coalesce(exactly.variance, nearly.variance, 0e0), 0e0)) as sd
            from stands
            left join exactly using (person_no, quantile_no)
            left join nearly using (person_no, quantile_no)
        ),
        expected as (
            select person_no, {{ exact_sum("mean") }} / {{ mid_quantile_count() }} as expected_rank
            from ranks_of_stands
            group by person_no
        ),
        searches_0 as (
            select person_no, share, cast(1 as bigint) as low, ranked_count as high
            from placed
            cross join (select * from (values (5e-2), (9.5e-1)) as shares(share)) as shares
        ),
        {% for halving in range(1, most_halvings + 1) -%}
            middles_{{ halving }} as (
                -- What is found is joined to nothing any more.
                select
                    person_no,
                    share,
                    low,
                    high,
                    cast(floor((low + high) / 2) as bigint) as middle,
                    case when low < high then person_no end as sought_no
                from searches_{{ halving - 1 }}
            ),
            chances_{{ halving }} as (
                select
                    middles.person_no,
                    middles.share,
                    middles.low,
                    middles.high,
                    middles.middle,
                    {{ normal_cdf_of("middles.middle + 5e-1 - ranks_of_stands.mean", "ranks_of_stands.sd") }}
                    as chance
                from middles_{{ halving }} as middles
                left join ranks_of_stands on middles.sought_no = ranks_of_stands.person_no
            ),
            reached_{{ halving }} as (
                select
                    person_no,
                    share,
                    low,
                    high,
                    middle,
                    {{ exact_sum_of_shares("chance") }} / {{ mid_quantile_count() }} as chance
                from chances_{{ halving }}
                group by person_no, share, low, high, middle
            ),
            searches_{{ halving }} as (
                select
                    person_no,
                    share,
                    case when chance < share then middle + 1 else low end as low,
                    case when chance >= share then middle else high end as high
                from reached_{{ halving }}
            ),
        {% endfor -%}
        bounds as (
            select
                person_no,
                max(case when share < 5e-1 then low end) as rank_low,
                max(case when share > 5e-1 then low end) as rank_high
            from searches_{{ most_halvings }}
            group by person_no
        )
    select
        {% for key in groups %} placed.{{ key }},{% endfor %}
        placed.{{ person }},
        placed.rank,
        bounds.rank_low,
        bounds.rank_high,
        expected.expected_rank,
        placed.ranked_count
    from placed
    inner join bounds using (person_no)
    inner join expected using (person_no)
{% endmacro %}
