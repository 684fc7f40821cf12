with
    context as (select as_of_ends_at, acceptance_sla_hours from {{ ref("stg_context") }}),
    handoffs as (select * from {{ ref("stg_handoffs") }}),
    ordered as (
        select
            lead_id,
            sdr_id,
            sent_at,
            sent_on,
            row_number() over (partition by lead_id order by sent_at, handoff_id) as place
        from handoffs
    ),
    firsts as (select lead_id, sdr_id, sent_at, sent_on from ordered where place = 1),
    decided as (
        -- All hand-offs of the lead by the SDR who sent it first count; another SDR's later success does not.
        select
            firsts.lead_id,
            bool_or(handoffs.decision = 'accepted') as any_accepted,
            bool_or(handoffs.decision is not null) as any_decided,
            max(handoffs.sent_at) as last_sent_at,
            coalesce(
                min(case when handoffs.decision = 'accepted' then handoffs.decided_at end),
                max(handoffs.decided_at)
            ) as settled_at
        from firsts
        inner join handoffs on firsts.lead_id = handoffs.lead_id and firsts.sdr_id = handoffs.sdr_id
        group by firsts.lead_id
    ),
    criteria as (
        select
            {% for criterion in ["budget", "authority", "need", "timing"] -%}
                max(case when criterion = '{{ criterion }}' then 1 else 0 end) = 1 as asks_{{ criterion }}
                {%- if not loop.last %}, {% endif %}
            {%- endfor %}
        from {{ ref("qualification_criteria") }}
    ),
    qualified as (
        select
            leads.lead_id,
            (leads.budget_confirmed or not criteria.asks_budget)
            and (leads.authority_confirmed or not criteria.asks_authority)
            and (leads.need_confirmed or not criteria.asks_need)
            and (leads.timing_confirmed or not criteria.asks_timing) as is_strictly_qualified
        from {{ ref("stg_leads") }} as leads
        cross join criteria
    ),
    lead_deals as (
        select lead_id, opportunity_id
        from {{ ref("int_deals") }}
        where lead_id is not null
        union all
        select lead_id, opportunity_id
        from handoffs
        where decision = 'accepted' and opportunity_id is not null
    ),
    won as (
        select lead_deals.lead_id, min(deals.closed_at) as won_at
        from lead_deals
        inner join {{ ref("int_deals") }} as deals on lead_deals.opportunity_id = deals.opportunity_id
        where deals.is_won
        group by lead_deals.lead_id
    )
select
    firsts.lead_id,
    firsts.sdr_id,
    firsts.sent_at,
    firsts.sent_on,
    coalesce(qualified.is_strictly_qualified, false) as is_strictly_qualified,
    case
        when decided.any_accepted
        then 'accepted'
        when decided.any_decided
        then 'rejected'
        when decided.last_sent_at > context.as_of_ends_at - context.acceptance_sla_hours * interval '1' hour
        then 'pending'
        else 'overdue'
    end as outcome,
    decided.settled_at,
    won.lead_id is not null as is_won,
    won.won_at
from firsts
inner join decided on firsts.lead_id = decided.lead_id
left join qualified on firsts.lead_id = qualified.lead_id
left join won on firsts.lead_id = won.lead_id
cross join context
