with
    owners as (
        select
            owners.account_id,
            owners.am_id,
            owners.valid_from,
            coalesce(owners.valid_to, date '9999-12-31') as valid_to,
            owners.updated_at
        from {{ ref("stg_account_owners") }} as owners
        left join {{ ref("int_account_survivors") }} as survivors on owners.account_id = survivors.account_id
        where
            coalesce(survivors.survivor_id, owners.account_id) = owners.account_id
            and owners.valid_from < coalesce(owners.valid_to, date '9999-12-31')
    ),
    limits as (
        select account_id, valid_from as limit_on
        from owners
        union
        select account_id, valid_to
        from owners
    ),
    stretches as (
        select
            account_id,
            limit_on as valid_from,
            lead(limit_on) over (partition by account_id order by limit_on) as valid_to
        from limits
    ),
    claims as (
        select
            stretches.account_id,
            owners.am_id,
            stretches.valid_from,
            stretches.valid_to,
            row_number() over (
                partition by stretches.account_id, stretches.valid_from
                order by owners.valid_from desc, owners.updated_at desc nulls last, owners.am_id desc
            ) as precedence
        from stretches
        inner join
            owners
            on stretches.account_id = owners.account_id
            and stretches.valid_from >= owners.valid_from
            and stretches.valid_to <= owners.valid_to
    )
select
    account_id,
    am_id,
    valid_from,
    valid_to,
    coalesce(
        lead(valid_from) over (partition by account_id order by valid_from), date '9999-12-31'
    ) as lapses_on
from claims
where precedence = 1
