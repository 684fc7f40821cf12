-- Every deal with its accept and close time and its amount in base currency, straight from staging.
-- Owners are left out: totals do not depend on them.
with
    closed_stages as (select distinct stage from staging.stg_opportunity_versions where is_closed),
    steps as (
        select
            opportunity_id,
            changed_at,
            list({'at': changed_at, 'is_closed': stage in (select stage from closed_stages)}) over (
                partition by opportunity_id
                order by changed_at, try_cast(seq as bigint) nulls last, seq nulls last, stage
            ) as path
        from staging.stg_opportunity_history
    ),
    paths as (select opportunity_id, max_by(path, len(path)) as path from steps group by opportunity_id),
    trimmed as (
        -- A run of closed stages may be followed by open ones: the last run is what counts.
        select
            opportunity_id,
            path[1:coalesce(list_max(list_filter(range(1, len(path) + 1), lambda i: path[i].is_closed)), 0)] as path
        from paths
    ),
    told as (
        select
            opportunity_id,
            path[coalesce(list_max(list_filter(range(1, len(path) + 1), lambda i: not path[i].is_closed)), 0) + 1].at
            as closed_at
        from trimmed
        where len(path) > 0
    ),
    handoffs as (select * from staging.stg_handoffs where decision = 'accepted'),
    own as (
        select
            opportunity_id,
            min_by(decided_at, row(coalesce(decided_at, timestamp '9999-01-01'), handoff_id)) as decided_at,
            min_by(handoff_id, row(coalesce(decided_at, timestamp '9999-01-01'), handoff_id)) as handoff_id,
            true as found
        from handoffs
        where opportunity_id is not null
        group by opportunity_id
    ),
    of_lead as (
        select
            lead_id,
            min_by(decided_at, row(coalesce(decided_at, timestamp '9999-01-01'), handoff_id)) as decided_at,
            min_by(handoff_id, row(coalesce(decided_at, timestamp '9999-01-01'), handoff_id)) as handoff_id
        from handoffs
        where opportunity_id is null
        group by lead_id
    ),
    timed as (
        select
            deals.opportunity_id,
            deals.lead_id,
            deals.account_id,
            deals.created_on,
            deals.amount,
            deals.currency,
            coalesce(own.handoff_id, of_lead.handoff_id) as handoff_id,
            coalesce(
                case when own.found then own.decided_at else of_lead.decided_at end, deals.created_at
            ) as accepted_at,
            case when deals.is_closed then coalesce(deals.closed_at, told.closed_at) end as closed_at,
            coalesce(own.found, false) or of_lead.lead_id is not null as is_handed_off,
            deals.is_closed,
            deals.is_won
        from staging.stg_opportunities as deals
        left join told using (opportunity_id)
        left join own using (opportunity_id)
        left join of_lead on deals.lead_id = of_lead.lead_id
    ),
    stood as (
        -- A close after D has not happened yet.
        select
            timed.* exclude (closed_at, is_closed, is_won),
            case when closed_at < as_of_ends_at then closed_at end as closed_at,
            is_closed and coalesce(closed_at < as_of_ends_at, true) as is_closed,
            is_closed and is_won and coalesce(closed_at < as_of_ends_at, true) as is_won,
            base_currency,
            company_time_zone
        from timed
        cross join staging.stg_context
    ),
    dated as (
        select
            * exclude (company_time_zone),
            ((accepted_at at time zone 'UTC') at time zone company_time_zone)::date as accepted_on,
            ((closed_at at time zone 'UTC') at time zone company_time_zone)::date as closed_on
        from stood
    )
select
    dated.* exclude (base_currency),
    (
        dated.amount::decimal(19, 2)
        * case when dated.currency = dated.base_currency then 1 else rates.rate_to_base end::decimal(18, 8)
    )::decimal(18, 2) as amount_base
from dated
asof left join staging.stg_fx_rates as rates on dated.currency = rates.currency and dated.closed_on >= rates.rate_on
