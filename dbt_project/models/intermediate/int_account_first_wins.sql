with
    wins as (
        select
            coalesce(survivors.survivor_id, deals.account_id) as account_id,
            deals.opportunity_id,
            deals.closing_ae_id,
            deals.closed_on,
            row_number() over (
                partition by coalesce(survivors.survivor_id, deals.account_id)
                order by deals.closed_at, deals.opportunity_id
            ) as place
        from {{ ref("int_deals") }} as deals
        left join {{ ref("int_account_survivors") }} as survivors on deals.account_id = survivors.account_id
        where deals.is_won and deals.closed_at is not null and deals.account_id is not null
    ),
    purchases as (select account_id, invoiced_on from {{ ref("int_account_invoices") }} where purchases > 0)
select
    wins.account_id,
    wins.opportunity_id,
    wins.closing_ae_id as ae_id,
    wins.closed_on,
    count(purchases.invoiced_on) > 0 as is_still_buying
from wins
left join
    purchases
    on wins.account_id = purchases.account_id
    and purchases.invoiced_on >= {{ add_days("wins.closed_on", 91) }}
    and purchases.invoiced_on <= {{ add_days("wins.closed_on", 180) }}
where wins.place = 1
group by wins.account_id, wins.opportunity_id, wins.closing_ae_id, wins.closed_on
