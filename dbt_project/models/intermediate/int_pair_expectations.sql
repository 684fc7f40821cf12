with
    outcomes as (
        select int_pair_outcomes.*, case when outcome = 'lost_or_shrunk' then from_id else to_id end as ae_id
        from {{ ref("int_pair_outcomes") }} as int_pair_outcomes
    ),
    givers as (
        select
            outcome,
            period_type,
            period_start,
            from_id,
            cast(sum(cases) as bigint) as cases,
            cast(sum(events) as bigint) as events
        from outcomes
        group by outcome, period_type, period_start, from_id
    ),
    takers as (
        select
            outcome,
            period_type,
            period_start,
            to_id,
            cast(sum(cases) as bigint) as cases,
            cast(sum(events) as bigint) as events
        from outcomes
        group by outcome, period_type, period_start, to_id
    ),
    aes as (
        select
            outcome,
            period_type,
            period_start,
            ae_id,
            true as is_member,
            cast(sum(events) as double) as numerator,
            cast(sum(cases) as double) as denominator
        from outcomes
        group by outcome, period_type, period_start, ae_id
    ),
    shrunk as ({{ shrunk_proportions("aes", ["outcome", "period_type", "period_start"], "ae_id") }}),
    shares as (
        -- What each side of the pair reached with everybody but the other, drawn to the share of all.
        select
            outcomes.outcome,
            outcomes.period_type,
            outcomes.period_start,
            outcomes.from_id,
            outcomes.to_id,
            outcomes.cases,
            outcomes.events,
            shrunk.role_mean,
            (givers.events - outcomes.events + shrunk.role_mean * shrunk.prior_strength)
            / (givers.cases - outcomes.cases + shrunk.prior_strength) as from_share,
            (takers.events - outcomes.events + shrunk.role_mean * shrunk.prior_strength)
            / (takers.cases - outcomes.cases + shrunk.prior_strength) as to_share
        from outcomes
        inner join givers using (outcome, period_type, period_start, from_id)
        inner join takers using (outcome, period_type, period_start, to_id)
        inner join shrunk using (outcome, period_type, period_start, ae_id)
    )
select
    outcome,
    period_type,
    period_start,
    from_id,
    to_id,
    cases,
    events,
    -- Where nobody or everybody reached it, so would this pair.
    cases * case
        when role_mean > 0 and role_mean < 1
        then
            from_share
            * to_share
            * (1 - role_mean)
            / (from_share * to_share * (1 - role_mean) + (1 - from_share) * (1 - to_share) * role_mean)
        else role_mean
    end as expected
from shares
