with
    changed as (select * from {{ ref("stg_changed_records") }}),
    handoffs as (select handoff_id, lead_id, opportunity_id from {{ ref("stg_handoffs") }}),
    deals as (select opportunity_id, lead_id, handoff_id, account_id from {{ ref("int_deals") }}),
    deal_links as (
        select opportunity_id, lead_id, handoff_id, account_id
        from deals
        union all
        select opportunity_id, lead_id, handoff_id, null
        from handoffs
    ),
    changed_deals as (
        select changed.*, deal_links.lead_id, deal_links.handoff_id, deal_links.account_id
        from changed
        inner join
            deal_links on changed.thing = 'opportunities' and changed.thing_id = deal_links.opportunity_id
        where changed.entity in ('opportunities', 'opportunity_history')
    ),
    reached as (
        select entity, record_id, change, is_merge, thing, thing_id
        from changed
        {% for thing, column in {
                "leads": "lead_id",
                "handoffs": "handoff_id",
                "accounts": "account_id",
            }.items() -%}
            union all
            select entity, record_id, change, is_merge, '{{ thing }}', {{ column }}
            from changed_deals
        {% endfor %}
        union all
        -- A hand-off may stand for the deals of its lead.
        select
            changed.entity,
            changed.record_id,
            changed.change,
            changed.is_merge,
            'opportunities',
            deals.opportunity_id
        from changed
        inner join deals on changed.thing = 'leads' and changed.thing_id = deals.lead_id
        where changed.entity = 'handoffs'
    )
select entity, record_id, change, is_merge, thing, thing_id
from reached
where thing_id is not null
union
-- What happened to a merged account happened to its survivor.
select reached.entity, reached.record_id, reached.change, reached.is_merge, 'accounts', survivors.survivor_id
from reached
inner join
    {{ ref("int_account_survivors") }} as survivors
    on reached.thing = 'accounts'
    and reached.thing_id = survivors.account_id
