with
    rates as (
        select
            period_type,
            period_start,
            ae_id,
            cohort_deals,
            cohort_won,
            expected_wins,
            close_rate_adjusted,
            {{ safe_ratio("cohort_won", "expected_wins") }} as won_of_expected
        from {{ ref("fct_ae_periods") }}
    ),
    totals as (
        select
            period_type,
            period_start,
            count(*) as aes,
            {{ safe_ratio("sum(cohort_won)", "sum(cohort_deals)") }} as role_mean,
            {{ exact_sum("expected_wins") }} as expected,
            {{ exact_sum("expected_wins * expected_wins") }} as expected_squares,
            {{ exact_sum("expected_wins * (won_of_expected - 1) * (won_of_expected - 1)") }} as spread
        from rates
        where cohort_deals > 0
        group by period_type, period_start
    ),
    moments as (
        select
            period_type,
            period_start,
            role_mean,
            spread - (aes - 1) * (1 - role_mean) as excess,
            expected - expected_squares / nullif(expected, 0) as room
        from totals
    ),
    priors as (
        -- At least 0.001, also where one AE alone or nothing expected leaves no room to see a difference.
        select
            period_type,
            period_start,
            role_mean,
            greatest(1e-3, case when room > 0 then excess / room else 0e0 end) as between_variance
        from moments
    ),
    strengths as (select priors.*, (1 - role_mean) / between_variance as prior_strength from priors),
    estimates as (
        select
            period_type,
            period_start,
            rates.ae_id,
            rates.close_rate_adjusted as value,
            strengths.role_mean,
            strengths.prior_strength,
            strengths.between_variance,
            coalesce(rates.cohort_won, 0) + strengths.prior_strength as won_and_prior,
            coalesce(rates.expected_wins, 0) + strengths.prior_strength as expected_and_prior
        from rates
        left join strengths using (period_type, period_start)
    )
select
    period_type,
    period_start,
    ae_id,
    value,
    role_mean,
    prior_strength,
    between_variance,
    -- Where everybody wins everything the prior weighs nothing, and who had no deals has the mean.
    case
        when expected_and_prior > 0 then role_mean * won_and_prior / expected_and_prior else role_mean
    end as shrunk,
    case
        when expected_and_prior > 0
        then
            role_mean
            * role_mean
            * (1 - role_mean)
            * won_and_prior
            / (expected_and_prior * expected_and_prior)
        when role_mean is not null
        then 0e0
    end as variance
from estimates
