with
    summed as (
        select
            periods.period_type,
            periods.period_start,
            lifetimes.am_id,
            cast(count(*) as bigint) as lifetime_accounts,
            cast(sum(lifetimes.first_value) as decimal(18, 2)) as lifetime_first_value,
            cast(sum(lifetimes.last_value) as decimal(18, 2)) as lifetime_last_value
        from {{ ref("int_periods") }} as periods
        inner join
            {{ ref("int_account_lifetimes") }} as lifetimes on periods.measured_to = lifetimes.valuation_on
        group by periods.period_type, periods.period_start, lifetimes.am_id
    )
select
    summed.*,
    {{ safe_ratio("lifetime_last_value - lifetime_first_value", "lifetime_first_value") }} as lifetime_growth
from summed
