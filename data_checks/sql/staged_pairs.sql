-- What handoff_pairs and reject_reasons must add up to, per period, straight from staging: one row per period of
-- int_periods. H is that of staged_ae.
with
    periods as (select period_type, period_start, measured_to from intermediate.int_periods),
    offers as (
        select
            period_type,
            period_start,
            count(sent_on) as sent,
            count(*) filter (where decision = 'accepted') as accepted,
            count(*) filter (where decision = 'rejected') as rejected,
            count(sent_on) - count(decision) as undecided,
            count(sent_on) filter (
                where not (decision is null and sent_at > as_of_ends_at - acceptance_sla_hours * interval 1 hour)
            ) as due,
            count(sent_on) filter (
                where decision is not null and decided_at <= sent_at + acceptance_sla_hours * interval 1 hour
            ) as decided_in_sla,
            count(*) filter (where decision = 'rejected' and trim(reject_reason) <> '') as rejected_with_reason
        from periods
        cross join staging.stg_context
        left join staging.stg_handoffs on sent_on >= period_start and sent_on < measured_to
        group by period_type, period_start
    ),
    cohorts as (
        select
            period_type,
            period_start,
            count(*) filter (where is_handed_off) as cohort_deals,
            count(*) filter (
                where is_handed_off and is_won and closed_at <= accepted_at + staged_ae.close_horizon_days * 24 * interval 1 hour
            ) as cohort_won
        from periods
        inner join staged_ae using (period_type, period_start)
        cross join staging.stg_context
        left join
            staged_deals
            on accepted_on < measured_to - staged_ae.close_horizon_days::int
            and accepted_on >= measured_to - staged_ae.close_horizon_days::int - close_window_days::int
        group by period_type, period_start
    ),
    survivors as (select account_id, survivor_id from intermediate.int_account_survivors),
    wins as (
        select coalesce(survivor_id, account_id) as account, min(closed_on) as won_on
        from staged_deals
        left join survivors using (account_id)
        where is_won and closed_on is not null and account_id is not null
        group by account
    ),
    purchases as (
        select coalesce(survivor_id, account_id) as account, invoiced_on
        from staging.stg_invoices
        left join survivors using (account_id)
        where amount > 0
    ),
    fates as (
        select
            account,
            won_on,
            not exists (
                select 1 from purchases
                where purchases.account = wins.account and invoiced_on between won_on + 91 and won_on + 180
            ) as is_lost
        from wins
    ),
    handed_over as (
        select
            period_type,
            period_start,
            count(account) as accounts_handed_over,
            count(account) filter (where is_lost) as accounts_lost
        from periods
        left join fates on won_on + 545 >= measured_to and won_on + 180 < measured_to
        group by period_type, period_start
    )
select
    period_type,
    period_start,
    sent::decimal(38, 2) as sent,
    accepted::decimal(38, 2) as accepted,
    rejected::decimal(38, 2) as rejected,
    rejected::decimal(38, 2) as rejections,
    undecided::decimal(38, 2) as undecided,
    due::decimal(38, 2) as due,
    decided_in_sla::decimal(38, 2) as decided_in_sla,
    rejected_with_reason::decimal(38, 2) as rejected_with_reason,
    cohort_deals::decimal(38, 2) as cohort_deals,
    cohort_won::decimal(38, 2) as cohort_won,
    accounts_handed_over::decimal(38, 2) as accounts_handed_over,
    accounts_lost::decimal(38, 2) as accounts_lost
from offers
inner join cohorts using (period_type, period_start)
inner join handed_over using (period_type, period_start)
