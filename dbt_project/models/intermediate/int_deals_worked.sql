with
    periods as (select * from {{ ref("int_periods") }}),
    deals as (select * from {{ ref("int_deals") }}),
    owned_open as (
        select
            deals.opportunity_id,
            owners.owner_id as ae_id,
            greatest(owners.owned_from, deals.accepted_at) as worked_from,
            least(owners.owned_to, coalesce(deals.closed_at, owners.owned_to)) as worked_to
        from deals
        inner join {{ ref("int_deal_owners") }} as owners on deals.opportunity_id = owners.opportunity_id
        -- A closed deal that says no close time is worked in no period.
        where not deals.is_closed or deals.closed_at is not null
    )
select periods.period_type, periods.period_start, owned_open.ae_id, owned_open.opportunity_id
from owned_open
inner join
    periods
    on owned_open.worked_from < owned_open.worked_to
    and owned_open.worked_from < periods.measured_to_at
    and owned_open.worked_to > periods.starts_at
union
-- Whoever closed a deal worked it, even where it opened and closed in one instant.
select periods.period_type, periods.period_start, deals.closing_ae_id, deals.opportunity_id
from deals
inner join periods on deals.closed_on >= periods.period_start and deals.closed_on < periods.measured_to
