with
    wins as (select account_id, ae_id, closed_on, is_still_buying from {{ ref("int_account_first_wins") }}),
    owners as (
        select
            wins.account_id,
            spells.am_id,
            greatest(spells.valid_from, wins.closed_on) as owned_from,
            row_number() over (partition by wins.account_id order by spells.valid_from) as place
        from wins
        inner join
            {{ ref("int_account_owner_spells") }} as spells
            on wins.account_id = spells.account_id
            and spells.valid_to > wins.closed_on
    )
select wins.account_id, wins.ae_id, wins.closed_on, wins.is_still_buying, owners.am_id, owners.owned_from
from wins
left join owners on wins.account_id = owners.account_id and owners.place = 1
