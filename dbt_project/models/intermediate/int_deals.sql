with
    context as (select as_of, company_time_zone from {{ ref("stg_context") }}),
    deals as (select * from {{ ref("stg_opportunities") }}),
    owners as (select * from {{ ref("int_deal_owners") }}),
    closings as (select * from {{ ref("int_deal_closings") }}),
    timed as (
        select
            deals.opportunity_id,
            deals.lead_id,
            deals.account_id,
            deals.created_at,
            deals.created_on,
            deals.amount,
            deals.currency,
            deals.owner_id,
            deals.is_closed as is_delivered_closed,
            deals.is_won as is_delivered_won,
            handoffs.handoff_id,
            handoffs.sdr_id,
            handoffs.ae_id,
            coalesce(handoffs.decided_at, deals.created_at) as accepted_at,
            case
                when deals.is_closed then coalesce(deals.closed_at, history_closings.closed_at)
            end as told_closed_at,
            version_closings.owner_id as version_closing_owner_id
        from deals
        left join {{ ref("int_deal_handoffs") }} as handoffs on deals.opportunity_id = handoffs.opportunity_id
        left join
            closings as history_closings
            on deals.opportunity_id = history_closings.opportunity_id
            and history_closings.told_by = 'history'
        left join
            closings as version_closings
            on deals.opportunity_id = version_closings.opportunity_id
            and version_closings.told_by = 'versions'
    ),
    dated as (
        select
            timed.*,
            {{ company_date("timed.accepted_at", "context.company_time_zone") }} as accepted_on,
            {{ company_date("timed.told_closed_at", "context.company_time_zone") }} as told_closed_on,
            context.as_of
        from timed
        cross join context
    ),
    undone as (
        -- A close after D has not happened yet.
        select
            dated.*,
            is_delivered_closed and coalesce(told_closed_on <= as_of, true) as is_closed,
            is_delivered_closed and is_delivered_won and coalesce(told_closed_on <= as_of, true) as is_won,
            case when told_closed_on <= as_of then told_closed_at end as closed_at,
            case when told_closed_on <= as_of then told_closed_on end as closed_on
        from dated
    ),
    owned as (
        select
            undone.opportunity_id,
            max(case when owners.position = 1 then owners.owner_id end) as first_owner_id,
            max(
                case
                    when
                        owners.told_by = 'history'
                        and undone.closed_at >= owners.owned_from
                        and undone.closed_at < owners.owned_to
                    then owners.owner_id
                end
            ) as history_closing_owner_id
        from undone
        inner join owners on undone.opportunity_id = owners.opportunity_id
        group by undone.opportunity_id
    )
select
    undone.opportunity_id,
    undone.lead_id,
    undone.account_id,
    undone.handoff_id,
    undone.sdr_id,
    undone.created_at,
    undone.created_on,
    undone.accepted_at,
    undone.accepted_on,
    undone.is_closed,
    undone.is_won,
    undone.closed_at,
    undone.closed_on,
    coalesce(undone.ae_id, owned.first_owner_id, undone.owner_id) as accepting_ae_id,
    case
        when undone.is_closed
        then coalesce(owned.history_closing_owner_id, undone.version_closing_owner_id, undone.owner_id)
    end as closing_ae_id,
    undone.amount,
    undone.currency,
    {{ cents(to_base("undone.amount", "rates.rate_to_base")) }} as amount_base
from undone
left join owned on undone.opportunity_id = owned.opportunity_id
left join
    {{ ref("int_fx_rates") }} as rates
    on undone.currency = rates.currency
    and undone.closed_on >= rates.valid_from
    and undone.closed_on < rates.valid_to
