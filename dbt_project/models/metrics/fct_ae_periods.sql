with
    context as (select has_handoffs, has_opportunities from {{ ref("stg_context") }}),
    period_months as (select * from {{ ref("int_period_months") }}),
    horizons as (select * from {{ ref("int_close_horizons") }}),
    deals as (select * from {{ ref("int_deals") }}),
    members as (
        select period_type, period_start, user_id as ae_id
        from {{ ref("int_role_members") }}
        where role = 'AE'
    ),
    offers as (
        select
            period_months.period_type,
            period_months.period_start,
            handoffs.ae_id,
            count(*) as offered,
            count(case when handoffs.decision = 'accepted' then 1 end) as accepted,
            count(case when handoffs.decision = 'rejected' then 1 end) as rejected,
            count(case when handoffs.decision is null then 1 end) as undecided
        from {{ ref("stg_handoffs") }} as handoffs
        inner join period_months on {{ month_of("handoffs.sent_on") }} = period_months.month_start
        group by period_months.period_type, period_months.period_start, handoffs.ae_id
    ),
    worked as (
        select period_type, period_start, ae_id, count(*) as deals_worked
        from {{ ref("int_deals_worked") }}
        group by period_type, period_start, ae_id
    ),
    closed as (
        select
            period_months.period_type,
            period_months.period_start,
            deals.closing_ae_id as ae_id,
            count(case when deals.is_won then 1 end) as deals_won,
            count(case when not deals.is_won then 1 end) as deals_lost,
            cast(sum(case when deals.is_won then deals.amount_base end) as decimal(18, 2)) as won_amount,
            count(case when deals.is_won then deals.amount_base end) as converted_deals,
            count(
                case when deals.is_won and deals.amount_base is null then deals.amount end
            ) as unconverted_deals,
            median(
                case when deals.is_won then {{ micros_between("deals.accepted_at", "deals.closed_at") }} end
            )
            / 86400000000 as median_cycle_days
        from deals
        inner join period_months on {{ month_of("deals.closed_on") }} = period_months.month_start
        group by period_months.period_type, period_months.period_start, deals.closing_ae_id
    ),
    untimed as (
        select
            period_months.period_type,
            period_months.period_start,
            deals.closing_ae_id as ae_id,
            count(*) as deals_without_close_time
        from deals
        inner join period_months on {{ month_of("deals.created_on") }} = period_months.month_start
        where deals.is_closed and deals.closed_at is null
        group by period_months.period_type, period_months.period_start, deals.closing_ae_id
    ),
    cohorts as (
        select
            horizons.period_type,
            horizons.period_start,
            deals.accepting_ae_id as ae_id,
            count(*) as cohort_deals,
            count(
                case
                    when
                        deals.is_won
                        and {{ micros_between("deals.accepted_at", "deals.closed_at") }}
                        <= horizons.close_horizon_days * 86400000000
                    then 1
                end
            ) as cohort_won
        from deals
        inner join
            horizons on deals.accepted_on >= horizons.cohort_start and deals.accepted_on < horizons.cohort_end
        group by horizons.period_type, horizons.period_start, deals.accepting_ae_id
    ),
    people as (
        select period_type, period_start, ae_id
        from members
        union
        select period_type, period_start, ae_id
        from offers
        union
        select period_type, period_start, ae_id
        from worked
        union
        select period_type, period_start, ae_id
        from closed
        union
        select period_type, period_start, ae_id
        from untimed
        union
        select period_type, period_start, ae_id
        from cohorts
    ),
    counted as (
        select
            people.period_type,
            people.period_start,
            people.ae_id,
            {{ if_delivered(["handoffs"], "coalesce(offers.offered, 0)") }} as offered,
            {{ if_delivered(["handoffs"], "coalesce(offers.accepted, 0)") }} as accepted,
            {{ if_delivered(["handoffs"], "coalesce(offers.rejected, 0)") }} as rejected,
            {{ if_delivered(["handoffs"], "coalesce(offers.undecided, 0)") }} as undecided,
            {{ if_delivered(["opportunities"], "coalesce(worked.deals_worked, 0)") }} as deals_worked,
            {{ if_delivered(["opportunities"], "coalesce(closed.deals_won, 0)") }} as deals_won,
            {{ if_delivered(["opportunities"], "coalesce(closed.deals_lost, 0)") }} as deals_lost,
            {{ if_delivered(["opportunities"], "coalesce(untimed.deals_without_close_time, 0)") }}
            as deals_without_close_time,
            {{ if_delivered(["opportunities"], "coalesce(closed.won_amount, 0)") }} as won_amount,
            {{ if_delivered(["opportunities"], "coalesce(closed.unconverted_deals, 0)") }}
            as unconverted_deals,
            closed.converted_deals,
            horizons.close_horizon_days,
            horizons.cohort_start,
            horizons.cohort_end,
            {{ if_delivered(["opportunities"], "coalesce(cohorts.cohort_deals, 0)") }} as cohort_deals,
            {{ if_delivered(["opportunities"], "coalesce(cohorts.cohort_won, 0)") }} as cohort_won,
            closed.median_cycle_days
        from people
        inner join horizons using (period_type, period_start)
        left join offers using (period_type, period_start, ae_id)
        left join worked using (period_type, period_start, ae_id)
        left join closed using (period_type, period_start, ae_id)
        left join untimed using (period_type, period_start, ae_id)
        left join cohorts using (period_type, period_start, ae_id)
        cross join context
    )
select
    counted.*,
    {{ safe_ratio("deals_won", "deals_worked") }} as close_rate_worked,
    {{ safe_ratio("deals_won", "deals_won + deals_lost") }} as close_rate_decided,
    {{ safe_ratio("cohort_won", "cohort_deals") }} as close_rate,
    {{ cents(mean_money("won_amount", "converted_deals")) }} as average_deal
from counted
