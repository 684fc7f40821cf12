select
    period_months.period_type,
    period_months.period_start,
    handoffs.ae_id,
    count(*) as offered,
    count(case when handoffs.decision = 'accepted' then 1 end) as accepted,
    count(case when handoffs.decision = 'rejected' then 1 end) as rejected,
    count(case when handoffs.decision is null then 1 end) as undecided,
    count(
        case when handoffs.decision = 'rejected' and trim(handoffs.reject_reason) <> '' then 1 end
    ) as rejected_with_reason
from {{ ref("stg_handoffs") }} as handoffs
inner join
    {{ ref("int_period_months") }} as period_months
    on {{ month_of("handoffs.sent_on") }} = period_months.month_start
group by period_months.period_type, period_months.period_start, handoffs.ae_id
