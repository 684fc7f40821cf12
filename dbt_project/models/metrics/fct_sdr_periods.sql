with
    context as (
        select has_activities, has_leads, has_handoffs, has_opportunities, has_coaching_sessions
        from {{ ref("stg_context") }}
    ),
    period_months as (select * from {{ ref("int_period_months") }}),
    periods as (select period_type, period_start, previous_start from {{ ref("int_periods") }}),
    members as (
        select period_type, period_start, user_id as sdr_id, months_in_role
        from {{ ref("int_role_members") }}
        where role = 'SDR'
    ),
    touches as (
        select
            period_months.period_type,
            period_months.period_start,
            touches.sdr_id,
            cast(sum(touches.calls) as bigint) as calls,
            cast(sum(touches.touches) as bigint) as touches,
            count(distinct case when touches.lead_id <> '(none)' then touches.lead_id end) as leads_worked
        from {{ ref("int_sdr_touches") }} as touches
        inner join period_months using (month_start)
        group by period_months.period_type, period_months.period_start, touches.sdr_id
    ),
    qualified as (
        select
            period_months.period_type,
            period_months.period_start,
            coalesce(leads.sdr_id, {{ unassigned() }}) as sdr_id,
            count(*) as qualified_leads
        from {{ ref("stg_leads") }} as leads
        inner join period_months on {{ month_of("leads.qualified_on") }} = period_months.month_start
        group by
            period_months.period_type, period_months.period_start, coalesce(leads.sdr_id, {{ unassigned() }})
    ),
    sent as (
        select
            period_months.period_type,
            period_months.period_start,
            leads_sent.sdr_id,
            count(*) as leads_sent,
            count(case when leads_sent.is_strictly_qualified then 1 end) as strictly_qualified_sent,
            count(case when leads_sent.outcome = 'accepted' then 1 end) as accepted,
            count(case when leads_sent.outcome = 'rejected' then 1 end) as rejected,
            count(case when leads_sent.outcome = 'pending' then 1 end) as pending,
            count(case when leads_sent.outcome = 'overdue' then 1 end) as overdue,
            count(case when leads_sent.is_won then 1 end) as won
        from {{ ref("int_leads_sent") }} as leads_sent
        inner join period_months on {{ month_of("leads_sent.sent_on") }} = period_months.month_start
        group by period_months.period_type, period_months.period_start, leads_sent.sdr_id
    ),
    decided as (
        select
            period_months.period_type,
            period_months.period_start,
            handoffs.sdr_id,
            count(*) as handoffs_decided,
            median({{ micros_between("handoffs.sent_at", "handoffs.decided_at") }})
            / 3600000000 as median_hours_to_decision
        from {{ ref("stg_handoffs") }} as handoffs
        inner join period_months on {{ month_of("handoffs.sent_on") }} = period_months.month_start
        where handoffs.decision is not null
        group by period_months.period_type, period_months.period_start, handoffs.sdr_id
    ),
    people as (
        select period_type, period_start, sdr_id
        from members
        union all
        select period_type, period_start, sdr_id
        from touches
        union all
        select period_type, period_start, sdr_id
        from qualified
        union all
        select period_type, period_start, sdr_id
        from sent
        union all
        select period_type, period_start, sdr_id
        from decided
        union
        select period_type, period_start, sdr_id
        from {{ ref("int_sdr_chains") }}
    ),
    counted as (
        select
            people.period_type,
            people.period_start,
            people.sdr_id,
            {{ if_delivered(["activities"], "coalesce(touches.calls, 0)") }} as calls,
            {{ if_delivered(["activities"], "coalesce(touches.touches, 0)") }} as touches,
            {{ if_delivered(["activities"], "coalesce(touches.leads_worked, 0)") }} as leads_worked,
            {{ if_delivered(["leads"], "coalesce(qualified.qualified_leads, 0)") }} as qualified_leads,
            {{ if_delivered(["handoffs"], "coalesce(sent.leads_sent, 0)") }} as leads_sent,
            {{ if_delivered(["handoffs", "leads"], "coalesce(sent.strictly_qualified_sent, 0)") }}
            as strictly_qualified_sent,
            {{ if_delivered(["handoffs"], "coalesce(sent.accepted, 0)") }} as accepted,
            {{ if_delivered(["handoffs"], "coalesce(sent.rejected, 0)") }} as rejected,
            {{ if_delivered(["handoffs"], "coalesce(sent.pending, 0)") }} as pending,
            {{ if_delivered(["handoffs"], "coalesce(sent.overdue, 0)") }} as overdue,
            {{ if_delivered(["handoffs", "opportunities"], "coalesce(sent.won, 0)") }} as won,
            coalesce(members.months_in_role, 0) as months_in_role,
            {{ if_delivered(["handoffs"], "coalesce(sent.leads_sent - sent.pending, 0)") }} as due_leads,
            {{ if_delivered(["handoffs"], "coalesce(decided.handoffs_decided, 0)") }} as handoffs_decided,
            decided.median_hours_to_decision,
            {{ if_delivered(["handoffs"], "horizons.cohort_start") }} as chain_start,
            {{ if_delivered(["handoffs"], "horizons.cohort_end") }} as chain_end,
            {{ if_delivered(["handoffs"], "coalesce(chains.chain_sent, 0)") }} as chain_sent,
            {{ if_delivered(["handoffs", "opportunities"], "coalesce(chains.chain_won, 0)") }} as chain_won,
            {{ if_delivered(["coaching_sessions"], "coalesce(sessions.sessions_received, 0)") }}
            as sessions_received
        from people
        inner join {{ ref("int_close_horizons") }} as horizons using (period_type, period_start)
        left join members using (period_type, period_start, sdr_id)
        left join touches using (period_type, period_start, sdr_id)
        left join qualified using (period_type, period_start, sdr_id)
        left join sent using (period_type, period_start, sdr_id)
        left join decided using (period_type, period_start, sdr_id)
        left join {{ ref("int_sdr_chains") }} as chains using (period_type, period_start, sdr_id)
        left join
            {{ ref("int_sessions_received") }} as sessions
            on people.period_type = sessions.period_type
            and people.period_start = sessions.period_start
            and people.sdr_id = sessions.user_id
        cross join context
    ),
    rated as (
        select
            counted.*,
            {{ safe_ratio("leads_sent", "months_in_role") }} as lead_velocity,
            {{ safe_ratio("strictly_qualified_sent", "leads_sent") }} as qualified_lead_rate,
            {{ safe_ratio("qualified_leads", "calls") }} as qualification_efficiency,
            {{ safe_ratio("calls", "qualified_leads") }} as calls_per_qualified_lead,
            {{ safe_ratio("accepted", "due_leads") }} as acceptance_rate,
            {{ safe_ratio("chain_won", "chain_sent") }} as chain_yield
        from counted
    )
select rated.*, {{ safe_ratio("rated.lead_velocity", "before.lead_velocity") }} - 1 as lead_velocity_growth
from rated
inner join periods on rated.period_type = periods.period_type and rated.period_start = periods.period_start
left join
    rated as before
    on periods.period_type = before.period_type
    and periods.previous_start = before.period_start
    and rated.sdr_id = before.sdr_id
