with
    context as (select has_account_owners from {{ ref("stg_context") }}),
    windows as (
        select
            period_type,
            period_start,
            measured_to,
            {{ add_days("measured_to", -545) }} as first_close_on,
            {{ add_days("measured_to", -180) }} as closes_end_on
        from {{ ref("int_periods") }}
    ),
    won as (
        select windows.period_type, windows.period_start, windows.measured_to, handovers.*
        from {{ ref("int_account_handovers") }} as handovers
        inner join
            windows
            on handovers.closed_on >= windows.first_close_on
            and handovers.closed_on < windows.closes_end_on
    ),
    valued as (
        -- Both stretches at one rate: a client who buys the same in another currency has not shrunk.
        select
            won.period_type,
            won.period_start,
            won.account_id,
            greatest(sum({{ to_base("amounts.early_amount", "rates.rate_to_base") }}), 0) as early_value,
            greatest(sum({{ to_base("amounts.late_amount", "rates.rate_to_base") }}), 0) as late_value
        from won
        inner join {{ ref("int_account_first_half_years") }} as amounts on won.account_id = amounts.account_id
        inner join
            {{ ref("int_valuation_rates") }} as rates
            on won.measured_to = rates.valuation_on
            and amounts.currency = rates.currency
        group by won.period_type, won.period_start, won.account_id
    )
select
    won.period_type,
    won.period_start,
    won.account_id,
    won.ae_id,
    case when won.owned_from < won.measured_to then won.am_id else {{ unassigned() }} end as am_id,
    case
        when won.owned_from < won.measured_to then {{ days_between("won.closed_on", "won.owned_from") }}
    end as days_to_first_owner,
    not won.is_still_buying as is_lost,
    won.is_still_buying
    and coalesce({{ cents("valued.late_value") }} < {{ cents("valued.early_value") }}, false) as is_shrunk
from won
cross join context
left join
    valued
    on won.period_type = valued.period_type
    and won.period_start = valued.period_start
    and won.account_id = valued.account_id
-- Without owners nobody can be said to have taken an account over.
where context.has_account_owners
