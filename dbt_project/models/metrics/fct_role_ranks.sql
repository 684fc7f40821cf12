{% set groups = ["role", "period_type", "period_start"] %}
with
    periods as (select period_type, period_start, previous_start from {{ ref("int_periods") }}),
    people as (select * from {{ ref("fct_role_eligibility") }}),
    scores as (
        select
            {{ groups | join(", ") }},
            user_id,
            {{ exact_sum("weight * z") }} as score,
            sqrt({{ exact_sum("weight * z_sd * weight * z_sd") }}) as sd
        from {{ ref("fct_metric_scores") }}
        group by {{ groups | join(", ") }}, user_id
    ),
    places as ({{ rank_intervals("scores", groups, "user_id", "score", "sd") }}),
    counts as (
        select {{ groups | join(", ") }}, count(*) as ranked_count
        from scores
        group by {{ groups | join(", ") }}
    ),
    intervals as (
        select
            scores.*,
            score - {{ z_of_interval() }} * sd as score_low,
            score + {{ z_of_interval() }} * sd as score_high
        from scores
    )
select
    people.role,
    people.period_type,
    people.period_start,
    people.user_id,
    intervals.score,
    intervals.score_low,
    intervals.score_high,
    places.rank,
    places.rank_low,
    places.rank_high,
    places.expected_rank,
    coalesce(counts.ranked_count, 0) as ranked_count,
    {{ tier("intervals.score_low", "intervals.score_high", "0e0") }} as tier,
    people.not_ranked_reason is null as is_ranked,
    people.not_ranked_reason,
    before.rank as previous_rank
from people
inner join periods using (period_type, period_start)
left join intervals using ({{ groups | join(", ") }}, user_id)
left join places using ({{ groups | join(", ") }}, user_id)
left join counts using ({{ groups | join(", ") }})
left join
    places as before
    on people.role = before.role
    and people.period_type = before.period_type
    and periods.previous_start = before.period_start
    and people.user_id = before.user_id
