with
    context as (select has_invoices from {{ ref("stg_context") }}),
    accounts as (
        select
            period_type,
            period_start,
            ae_id,
            am_id,
            count(*) as accounts_handed_over,
            count(case when is_lost then 1 end) as accounts_lost,
            count(case when is_shrunk then 1 end) as accounts_shrunk,
            cast(median(days_to_first_owner) as double) as median_days_to_first_owner
        from {{ ref("int_won_accounts") }}
        group by period_type, period_start, ae_id, am_id
    ),
    expectations as (
        select period_type, period_start, from_id as ae_id, to_id as am_id, expected
        from {{ ref("int_pair_expectations") }}
        where outcome = 'lost_or_shrunk'
    ),
    known as (
        select
            period_type,
            period_start,
            ae_id,
            am_id,
            accounts.accounts_handed_over,
            {{ if_delivered(["invoices"], "accounts.accounts_lost") }} as accounts_lost,
            {{ if_delivered(["invoices"], "accounts.accounts_shrunk") }} as accounts_shrunk,
            {{ if_delivered(["invoices"], "expectations.expected") }} as expected_lost_or_shrunk,
            accounts.median_days_to_first_owner
        from accounts
        inner join expectations using (period_type, period_start, ae_id, am_id)
        cross join context
    )
select known.*, accounts_lost + accounts_shrunk - expected_lost_or_shrunk as lost_residual
from known
