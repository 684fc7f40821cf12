with
    outcomes as (
        select int_pair_outcomes.*, case when outcome = 'lost_or_shrunk' then from_id else to_id end as ae_id
        from {{ ref("int_pair_outcomes") }} as int_pair_outcomes
    ),
    aes as (
        select
            outcome,
            period_type,
            period_start,
            cast(sum(events) as double) as numerator,
            cast(sum(cases) as double) as denominator
        from outcomes
        group by outcome, period_type, period_start, ae_id
    ),
    priors as ({{ proportion_priors("aes", ["outcome", "period_type", "period_start"], with_doubt=false) }}),
    others as (
        -- What each side of the pair did with everybody but the other.
        select
            outcomes.*,
            cast(sum(cases) over giver as bigint) - cases as from_cases,
            cast(sum(events) over giver as bigint) - events as from_events,
            cast(sum(cases) over taker as bigint) - cases as to_cases,
            cast(sum(events) over taker as bigint) - events as to_events
        from outcomes
        window
            giver as (partition by outcome, period_type, period_start, from_id),
            taker as (partition by outcome, period_type, period_start, to_id)
    ),
    shares as (
        -- Drawn to the share of all.
        select
            others.*,
            priors.mean as role_mean,
            (others.from_events + priors.mean * priors.strength)
            / (others.from_cases + priors.strength) as from_share,
            (others.to_events + priors.mean * priors.strength)
            / (others.to_cases + priors.strength) as to_share
        from others
        inner join priors using (outcome, period_type, period_start)
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
