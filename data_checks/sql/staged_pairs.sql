-- What handoff_pairs and reject_reasons must add up to, per period, straight from staging: one row per period of
-- int_periods. Offers and H are those of staged_ae.
with
    periods as (select period_type, period_start, measured_to from intermediate.int_periods),
    due_offers as (
        select
            period_type,
            period_start,
            count(sent_on) filter (
                where not (decision is null and sent_at > as_of_ends_at - acceptance_sla_hours * interval 1 hour)
            ) as due,
            count(sent_on) filter (
                where decision is not null and decided_at <= sent_at + acceptance_sla_hours * interval 1 hour
            ) as decided_in_sla
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
    staged_ae.offered as sent,
    staged_ae.accepted,
    staged_ae.rejected,
    staged_ae.rejected as rejections,
    staged_ae.undecided,
    staged_ae.rejected_with_reason,
    due::decimal(38, 2) as due,
    decided_in_sla::decimal(38, 2) as decided_in_sla,
    cohorts.cohort_deals::decimal(38, 2) as cohort_deals,
    cohorts.cohort_won::decimal(38, 2) as cohort_won,
    accounts_handed_over::decimal(38, 2) as accounts_handed_over,
    accounts_lost::decimal(38, 2) as accounts_lost
from staged_ae
inner join due_offers using (period_type, period_start)
inner join cohorts using (period_type, period_start)
inner join handed_over using (period_type, period_start)
