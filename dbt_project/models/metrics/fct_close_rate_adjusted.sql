{% set groups = ["period_type", "period_start"] %}
with
    rates as (
        select period_type, period_start, ae_id, cohort_deals, cohort_won, expected_wins, close_rate_adjusted
        from {{ ref("fct_ae_periods") }}
    ),
    totals as (
        select
            period_type, period_start, {{ safe_ratio("sum(cohort_won)", "sum(cohort_deals)") }} as role_mean
        from rates
        group by period_type, period_start
    ),
    population as (
        -- Won of expected, in units of the mean.
        select period_type, period_start, role_mean * cohort_won as numerator, expected_wins as denominator
        from rates
        inner join totals using (period_type, period_start)
        where expected_wins > 0
    ),
    differences as ({{ between_people("population", groups, chance="mean * mean * (1 - mean)") }}),
    priors as (
        -- At least 0.001, also where one AE alone or nothing expected leaves no room to see a difference:
        -- greatest passes over NULL.
        select
            period_type,
            period_start,
            role_mean,
            coalesce(differences.doubt, 0e0) as doubt,
            case
                when role_mean is not null
                then greatest(1e-3, coalesce(differences.between_variance / (role_mean * role_mean), 0e0))
            end as between_variance
        from totals
        left join differences using (period_type, period_start)
    ),
    strengths as (select priors.*, (1 - role_mean) / between_variance as prior_strength from priors),
    estimates as (
        select
            period_type,
            period_start,
            rates.ae_id,
            rates.close_rate_adjusted as value,
            strengths.role_mean,
            strengths.doubt,
            strengths.prior_strength,
            strengths.between_variance,
            coalesce(rates.cohort_won, 0) + strengths.prior_strength as won_and_prior,
            coalesce(rates.expected_wins, 0) + strengths.prior_strength as expected_and_prior
        from rates
        left join strengths using (period_type, period_start)
    ),
    shrunk as (
        -- Where everybody wins everything the prior weighs nothing, and who had no deals has the mean.
        select
            estimates.*,
            case
                when expected_and_prior > 0 then role_mean * won_and_prior / expected_and_prior else role_mean
            end as shrunk
        from estimates
    )
select
    period_type,
    period_start,
    ae_id,
    value,
    role_mean,
    prior_strength,
    between_variance,
    shrunk,
    case
        when expected_and_prior > 0
        then
            role_mean
            * role_mean
            * (1 - role_mean)
            * won_and_prior
            / (expected_and_prior * expected_and_prior)
            + {{ variance_by_doubt("doubt", "prior_strength / expected_and_prior", "shrunk", "role_mean") }}
        when role_mean is not null
        then 0e0
    end as variance
from shrunk
