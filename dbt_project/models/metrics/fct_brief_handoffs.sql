-- As for the ranks: fewer carry no judgement. Somebody has about five such partners, and the worst of them
-- is told: 1 in 100 each makes
-- 1 in 20 who are told of one by chance.
{% set least_due, z_of_doubt = 10, "2.326e0" %}
with
    people as (select user_id, role from {{ ref("int_current_roles") }}),
    years as (
        select period_start, row_number() over (order by period_start desc) as age
        from {{ ref("int_periods") }}
        where period_type = 'year'
    ),
    pairs as (
        select
            pairs.period_start,
            years.age,
            pairs.sdr_id,
            pairs.ae_id,
            pairs.accepted,
            pairs.due,
            pairs.acceptance_share,
            {{ wilson_bound("pairs.acceptance_share", "pairs.due", "-") }} as low,
            {{ wilson_bound("pairs.acceptance_share", "pairs.due", "+") }} as high,
            {{ wilson_bound("pairs.acceptance_share", "pairs.due", "+", z_of_doubt) }} as at_most,
            pairs.expected_accepted / pairs.due as expected_share
        from {{ ref("fct_sdr_ae_pairs") }} as pairs
        inner join years using (period_start)
        where pairs.period_type = 'year' and years.age <= 2 and pairs.due >= {{ least_due }}
    ),
    sides as (
        select pairs.*, 'SDR' as role, sdr_id as user_id, ae_id as person_id, 'pair_sends' as phrase
        from pairs
        where at_most < expected_share
        union all
        select pairs.*, 'AE', ae_id, sdr_id, 'pair_takes'
        from pairs
        where at_most < expected_share
    ),
    worst as (
        select
            sides.*,
            row_number() over (
                partition by role, user_id order by age, accepted - expected_share * due, person_id
            ) as place
        from sides
        inner join people using (role, user_id)
    ),
    reasons as (
        select needs.*
        from {{ ref("fct_coaching_needs") }} as needs
        inner join people using (role, user_id)
        where needs.reject_reason is not null
    ),
    quarters as ({{ latest_quarter() }})
select
    {{
        brief_line(
            "user_id",
            "role",
            "'weakness'",
            "phrase",
            "14",
            metric="'acceptance_rate'",
            period_type="'year'",
            period_start="period_start",
            value="acceptance_share",
            low="low",
            high="high",
            peer_value="expected_share",
            part="accepted",
            whole="due",
            shown_as="'percent'",
            person_id="person_id",
        )
    }}
from worst
where place = 1
union all
select
    {{
        brief_line(
            "user_id",
            "role",
            "'weakness'",
            "'reject_habit'",
            "12",
            metric="metric",
            period_type="'quarter'",
            period_start="quarters.quarter_start",
            value="reject_share",
            peer_value="reject_share / reject_lift",
            part="reject_count",
            whole="reject_total",
            times="reject_lift",
            shown_as="'percent'",
            words="reject_reason",
        )
    }}
from reasons
cross join quarters
