with recursive
    merges as (select account_id, merged_into_id from {{ ref("stg_account_merges") }}),
    walk as (
        -- Everywhere a chain of merges leads. It stops where it began; a chain that runs into a cycle has
        -- no end of its own.
        select account_id, merged_into_id as reached_id, 1 as step
        from merges
        union all
        select walk.account_id, merges.merged_into_id, walk.step + 1
        from walk
        inner join merges on walk.reached_id = merges.account_id
        where walk.reached_id <> walk.account_id and walk.step < 100
    ),
    cycles as (select account_id from walk where reached_id = account_id),
    ends as (
        -- Accounts that are not merged further, or stay themselves because they are in a cycle: the first
        -- on the way counts.
        select
            walk.account_id,
            walk.reached_id,
            row_number() over (partition by walk.account_id order by walk.step) as nearness
        from walk
        left join merges on walk.reached_id = merges.account_id
        left join cycles on walk.reached_id = cycles.account_id
        where merges.account_id is null or cycles.account_id is not null
    ),
    accounts as (
        select account_id
        from {{ ref("stg_accounts") }}
        union
        select account_id
        from merges
    )
select
    accounts.account_id,
    case
        when cycles.account_id is null and ends.reached_id is not null
        then ends.reached_id
        else accounts.account_id
    end as survivor_id,
    cycles.account_id is not null as is_in_merge_cycle
from accounts
left join cycles on accounts.account_id = cycles.account_id
left join ends on accounts.account_id = ends.account_id and ends.nearness = 1
