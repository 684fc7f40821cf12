with
    period_months as (select * from {{ ref("int_period_months") }}),
    accepted as (
        select
            period_months.period_type,
            period_months.period_start,
            decisions.sdr_id,
            decisions.ae_id,
            count(*) as due,
            count(case when decisions.decision = 'accepted' then 1 end) as accepted
        from {{ ref("int_handoff_decisions") }} as decisions
        inner join period_months on decisions.sent_month = period_months.month_start
        where decisions.is_due
        group by period_months.period_type, period_months.period_start, decisions.sdr_id, decisions.ae_id
    ),
    kept as (
        select
            period_type,
            period_start,
            ae_id,
            am_id,
            count(*) as accounts,
            count(case when is_lost or is_shrunk then 1 end) as lost_or_shrunk
        from {{ ref("int_won_accounts") }}
        group by period_type, period_start, ae_id, am_id
    )
select
    'accepted' as outcome,
    period_type,
    period_start,
    sdr_id as from_id,
    ae_id as to_id,
    cast(due as bigint) as cases,
    cast(accepted as bigint) as events
from accepted
union all
-- A lead source gives like an SDR; nobody is held responsible for it.
select 'won', period_type, period_start, coalesce(sdr_id, feeder_id), ae_id, deals, deals_won
from {{ ref("int_ae_feeds") }}
union all
select 'lost_or_shrunk', period_type, period_start, ae_id, am_id, accounts, lost_or_shrunk
from kept
