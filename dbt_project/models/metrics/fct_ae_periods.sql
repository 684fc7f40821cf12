{% set counts = {
    "offers.offered": ["handoffs"],
    "offers.accepted": ["handoffs"],
    "offers.rejected": ["handoffs"],
    "offers.undecided": ["handoffs"],
    "worked.deals_worked": ["opportunities"],
    "closes.deals_won": ["opportunities"],
    "closes.deals_lost": ["opportunities"],
    "closes.deals_without_close_time": ["opportunities"],
    "closes.won_amount": ["opportunities"],
    "closes.unconverted_deals": ["opportunities"],
    "cohorts.cohort_deals": ["opportunities"],
    "cohorts.cohort_won": ["opportunities"],
    "cohorts.expected_wins": ["opportunities"],
    "mixes.shared_deals": ["opportunities"],
    "offer_cohorts.offers_cohort": ["handoffs"],
    "offer_cohorts.offers_won": ["handoffs", "opportunities"],
    "slips.slips": ["opportunities", "opportunity_history"],
    "quality.quality_accounts": ["opportunities", "invoices"],
    "quality.quality_accounts_active": ["opportunities", "invoices"],
    "offers.rejected_with_reason": ["handoffs"],
    "held.sdr_sessions": ["coaching_sessions"],
    "held.ae_sessions": ["coaching_sessions"],
    "received.sessions_received": ["coaching_sessions"],
} %}
with
    context as (
        select has_handoffs, has_opportunities, has_opportunity_history, has_invoices, has_coaching_sessions
        from {{ ref("stg_context") }}
    ),
    horizons as (select * from {{ ref("int_close_horizons") }}),
    members as (
        select period_type, period_start, user_id as ae_id
        from {{ ref("int_role_members") }}
        where role = 'AE'
    ),
    worked as (
        select period_type, period_start, ae_id, count(*) as deals_worked
        from {{ ref("int_deals_worked") }}
        group by period_type, period_start, ae_id
    ),
    slips as (
        -- To every AE who worked the deal in the period.
        select period_type, period_start, worked.ae_id, cast(sum(slips.months_slipped) as bigint) as slips
        from {{ ref("int_deals_worked") }} as worked
        inner join {{ ref("int_period_months") }} as period_months using (period_type, period_start)
        inner join
            {{ ref("int_deal_slips") }} as slips
            on worked.opportunity_id = slips.opportunity_id
            and period_months.month_start = slips.month_start
        group by period_type, period_start, worked.ae_id
    ),
    people as (
        select period_type, period_start, ae_id
        from members
        {% for credited in [
                "worked",
                ref("int_ae_offers"),
                ref("int_ae_closes"),
                ref("int_ae_expected_wins"),
                ref("int_ae_offer_cohorts"),
                ref("int_ae_quality"),
            ] -%}
            union
            select period_type, period_start, ae_id
            from {{ credited }}
        {% endfor %}
    ),
    counted as (
        select
            people.period_type,
            people.period_start,
            people.ae_id,
            {% for column, needs in counts.items() -%}
                {{ if_delivered(needs, "coalesce(" ~ column ~ ", 0)") }} as {{ column.split(".")[1] }},
            {% endfor %}
            {% for column in ["close_horizon_days", "cohort_start", "cohort_end"] -%}
                {{ if_delivered(["opportunities"], "horizons." ~ column) }} as {{ column }},
            {% endfor %}
            {{ if_delivered(["opportunities"], "coalesce(mixes.mix_identified, false)") }} as mix_identified,
            cohorts.role_close_rate,
            closes.converted_deals,
            closes.median_cycle_days
        from people
        inner join horizons using (period_type, period_start)
        left join worked using (period_type, period_start, ae_id)
        left join slips using (period_type, period_start, ae_id)
        left join {{ ref("int_ae_offers") }} as offers using (period_type, period_start, ae_id)
        left join {{ ref("int_ae_closes") }} as closes using (period_type, period_start, ae_id)
        left join {{ ref("int_ae_expected_wins") }} as cohorts using (period_type, period_start, ae_id)
        left join {{ ref("int_ae_mixes") }} as mixes using (period_type, period_start, ae_id)
        left join {{ ref("int_ae_offer_cohorts") }} as offer_cohorts using (period_type, period_start, ae_id)
        left join {{ ref("int_ae_quality") }} as quality using (period_type, period_start, ae_id)
        left join
            {{ ref("int_sessions_held") }} as held
            on people.period_type = held.period_type
            and people.period_start = held.period_start
            and people.ae_id = held.user_id
        left join
            {{ ref("int_sessions_received") }} as received
            on people.period_type = received.period_type
            and people.period_start = received.period_start
            and people.ae_id = received.user_id
        cross join context
    )
select
    counted.*,
    {{ safe_ratio("deals_won", "deals_worked") }} as close_rate_worked,
    {{ safe_ratio("deals_won", "deals_won + deals_lost") }} as close_rate_decided,
    -- No column of the ranking, but what the rate is out of.
    deals_won + deals_lost as close_rate_decided_n,
    {{ safe_ratio("cohort_won", "cohort_deals") }} as close_rate,
    role_close_rate * {{ safe_ratio("cohort_won", "expected_wins") }} as close_rate_adjusted,
    {{ safe_ratio("offers_won", "offers_cohort") }} as offered_yield,
    cast({{ mean_money("won_amount", "converted_deals") }} as decimal(18, 2)) as average_deal,
    {{ safe_ratio("quality_accounts_active", "quality_accounts") }} as deal_quality,
    {{ safe_ratio("rejected_with_reason", "rejected") }} as reason_rate
from counted
