with
    sent as (
        select
            sdr_id,
            sent_on,
            cast(count(*) as double) as leads,
            cast(count(case when is_strictly_qualified then 1 end) as double) as qualified,
            cast(count(case when outcome = 'accepted' then 1 end) as double) as accepted,
            cast(count(case when outcome <> 'pending' then 1 end) as double) as due
        from {{ ref("int_leads_sent") }}
        group by sdr_id, sent_on
    ),
    events as (
        select
            'SDR' as role,
            'acceptance_rate' as metric,
            sdr_id as user_id,
            sent_on as on_date,
            accepted as numerator,
            due as denominator
        from sent
        union all
        select 'SDR', 'qualified_lead_rate', sdr_id, sent_on, qualified, leads
        from sent
        union all
        select 'SDR', 'lead_velocity', sdr_id, sent_on, leads, 0e0
        from sent
        union all
        select 'SDR', 'lead_velocity', sdr_id, on_date, 0e0, months
        from {{ ref("int_sdr_days") }}
        union all
        select 'SDR', 'qualification_efficiency', coalesce(sdr_id, {{ unassigned() }}), qualified_on, 1e0, 0e0
        from {{ ref("stg_leads") }}
        where qualified_on is not null
        union all
        select 'SDR', 'qualification_efficiency', sdr_id, occurred_on, 0e0, cast(calls as double)
        from {{ ref("int_sdr_calls") }}
        union all
        select
            'AE',
            'reason_rate',
            ae_id,
            sent_on,
            case when trim(reject_reason) <> '' then 1e0 else 0e0 end,
            1e0
        from {{ ref("stg_handoffs") }}
        where decision = 'rejected'
        union all
        select
            'AE', 'close_rate_decided', closing_ae_id, closed_on, case when is_won then 1e0 else 0e0 end, 1e0
        from {{ ref("int_deals") }}
        where closed_on is not null
    )
select
    role,
    metric,
    user_id,
    on_date,
    {{ exact_sum("numerator") }} as numerator,
    {{ exact_sum("denominator") }} as denominator
from events
group by role, metric, user_id, on_date
