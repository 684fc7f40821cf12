with
    dates as (select valuation_on, day_before from {{ ref("int_valuation_dates") }}),
    spells as (select * from {{ ref("int_account_owner_spells") }}),
    account_managers as (
        select dates.valuation_on, roles.user_id
        from dates
        inner join
            {{ ref("int_role_spells") }} as roles
            on dates.day_before >= roles.valid_from
            and dates.day_before < roles.valid_to
        where roles.role = 'AM'
    ),
    owned as (
        -- The owner of the day before; where there is none any more, the last one.
        select
            dates.valuation_on,
            spells.account_id,
            spells.am_id,
            dates.day_before < spells.valid_to as is_owner
        from dates
        inner join spells on dates.day_before >= spells.valid_from and dates.day_before < spells.lapses_on
    ),
    held as (
        select owned.valuation_on, owned.account_id, owned.am_id
        from owned
        left join
            account_managers
            on owned.valuation_on = account_managers.valuation_on
            and owned.am_id = account_managers.user_id
        where owned.is_owner or account_managers.user_id is not null
    )
select
    valuation_on,
    account_id,
    case
        when held.am_id is not null then held.am_id when account_values.value > 0 then {{ unassigned() }}
    end as am_id,
    coalesce(account_values.exact_value, 0) as exact_value,
    coalesce(account_values.value, 0) as value,
    coalesce(account_values.purchases, 0) as purchases
from held
full outer join {{ ref("int_account_values") }} as account_values using (valuation_on, account_id)
