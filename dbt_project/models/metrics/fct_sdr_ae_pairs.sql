with
    period_months as (select * from {{ ref("int_period_months") }}),
    decisions as (
        select period_months.period_type, period_months.period_start, decisions.*
        from {{ ref("int_handoff_decisions") }} as decisions
        inner join period_months on decisions.sent_month = period_months.month_start
    ),
    sent as (
        select
            period_type,
            period_start,
            sdr_id,
            ae_id,
            count(*) as sent,
            count(case when decision = 'accepted' then 1 end) as accepted,
            count(case when decision = 'rejected' then 1 end) as rejected,
            count(case when decision is null then 1 end) as undecided,
            count(case when is_due then 1 end) as due,
            count(case when is_decided_in_sla then 1 end) as decided_in_sla,
            median(micros_to_decision) / 3600000000 as median_hours_to_decision,
            count(case when reject_reason <> '(none)' then 1 end) as rejected_with_reason
        from decisions
        group by period_type, period_start, sdr_id, ae_id
    ),
    reasons as (
        select
            period_type,
            period_start,
            sdr_id,
            ae_id,
            reject_reason,
            row_number() over (
                partition by period_type, period_start, sdr_id, ae_id order by count(*) desc, reject_reason
            ) as place
        from decisions
        where reject_reason <> '(none)'
        group by period_type, period_start, sdr_id, ae_id, reject_reason
    ),
    cohorts as (
        select period_type, period_start, sdr_id, ae_id, deals as cohort_deals, deals_won as cohort_won
        from {{ ref("int_ae_feeds") }}
        where sdr_id is not null
    ),
    pairs as (
        select period_type, period_start, sdr_id, ae_id
        from sent
        union
        select period_type, period_start, sdr_id, ae_id
        from cohorts
    ),
    expectations as (
        select outcome, period_type, period_start, from_id as sdr_id, to_id as ae_id, expected
        from {{ ref("int_pair_expectations") }}
    ),
    counted as (
        select
            period_type,
            period_start,
            sdr_id,
            ae_id,
            coalesce(sent.sent, 0) as sent,
            coalesce(sent.accepted, 0) as accepted,
            coalesce(sent.rejected, 0) as rejected,
            coalesce(sent.undecided, 0) as undecided,
            coalesce(sent.due, 0) as due,
            coalesce(sent.decided_in_sla, 0) as decided_in_sla,
            sent.median_hours_to_decision,
            coalesce(acceptances.expected, 0) as expected_accepted,
            {{ if_delivered(["opportunities"], "coalesce(cohorts.cohort_deals, 0)") }} as cohort_deals,
            {{ if_delivered(["opportunities"], "coalesce(cohorts.cohort_won, 0)") }} as cohort_won,
            {{ if_delivered(["opportunities"], "coalesce(wins.expected, 0)") }} as expected_won,
            coalesce(sent.rejected_with_reason, 0) as rejected_with_reason,
            reasons.reject_reason as top_reject_reason
        from pairs
        left join sent using (period_type, period_start, sdr_id, ae_id)
        left join cohorts using (period_type, period_start, sdr_id, ae_id)
        left join
            (select * from reasons where place = 1) as reasons using (
                period_type, period_start, sdr_id, ae_id
            )
        left join
            (select * from expectations where outcome = 'accepted') as acceptances using (
                period_type, period_start, sdr_id, ae_id
            )
        left join
            (select * from expectations where outcome = 'won') as wins using (
                period_type, period_start, sdr_id, ae_id
            )
        cross join (select has_opportunities from {{ ref("stg_context") }}) as context
    )
select
    counted.*,
    {{ safe_ratio("accepted", "due") }} as acceptance_share,
    {{ safe_ratio("decided_in_sla", "due") }} as sla_share,
    accepted - expected_accepted as accepted_residual,
    cohort_won - expected_won as won_residual,
    {{ safe_ratio("rejected_with_reason", "rejected") }} as reason_rate
from counted
