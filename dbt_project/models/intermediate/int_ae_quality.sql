with
    windows as (
        select
            period_type,
            period_start,
            {{ add_days("measured_to", -545) }} as first_close_on,
            {{ add_days("measured_to", -180) }} as closes_end_on
        from {{ ref("int_periods") }}
    ),
    first_wins as (select * from {{ ref("int_account_first_wins") }})
select
    windows.period_type,
    windows.period_start,
    first_wins.ae_id,
    count(*) as quality_accounts,
    count(case when first_wins.is_still_buying then 1 end) as quality_accounts_active
from first_wins
inner join
    windows on first_wins.closed_on >= windows.first_close_on and first_wins.closed_on < windows.closes_end_on
group by windows.period_type, windows.period_start, first_wins.ae_id
