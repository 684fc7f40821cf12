with
    feeds as (select * from {{ ref("int_ae_feeds") }}),
    feeders as (
        select
            period_type,
            period_start,
            feeder_id,
            cast(sum(deals) as bigint) as deals,
            cast(sum(deals_won) as bigint) as deals_won
        from feeds
        group by period_type, period_start, feeder_id
    ),
    cohorts as (
        select
            period_type,
            period_start,
            ae_id,
            cast(sum(deals) as bigint) as cohort_deals,
            cast(sum(deals_won) as bigint) as cohort_won
        from feeds
        group by period_type, period_start, ae_id
    ),
    close_rates as (
        select
            period_type,
            period_start,
            cast(cohort_won as double) as numerator,
            cast(cohort_deals as double) as denominator
        from cohorts
    ),
    priors as ({{ proportion_priors("close_rates", ["period_type", "period_start"], with_doubt=false) }}),
    yields as (
        -- What the feeder's deals yielded with everybody but this AE, drawn to the mean of all.
        select
            period_type,
            period_start,
            ae_id,
            feeds.deals,
            (feeders.deals_won - feeds.deals_won + priors.mean * priors.strength)
            / (feeders.deals - feeds.deals + priors.strength) as others_yield
        from feeds
        inner join feeders using (period_type, period_start, feeder_id)
        inner join priors using (period_type, period_start)
    ),
    expected as (
        select period_type, period_start, ae_id, {{ exact_sum("deals * others_yield") }} as wins
        from yields
        group by period_type, period_start, ae_id
    ),
    totals as (
        select
            period_type,
            period_start,
            cast(sum(cohorts.cohort_won) as bigint) as cohort_won,
            {{ exact_sum("expected.wins") }} as wins
        from cohorts
        inner join expected using (period_type, period_start, ae_id)
        group by period_type, period_start
    )
select
    period_type,
    period_start,
    ae_id,
    cohorts.cohort_deals,
    cohorts.cohort_won,
    priors.mean as role_close_rate,
    -- Scaled to the wins there were. Where nobody won, nothing was to be expected either.
    coalesce(expected.wins * {{ safe_ratio("totals.cohort_won", "totals.wins") }}, 0) as expected_wins
from cohorts
inner join priors using (period_type, period_start)
inner join expected using (period_type, period_start, ae_id)
inner join totals using (period_type, period_start)
