-- What sdr_ranking must add up to, per period, straight from staging: one row per period of int_periods.
-- Nobody is credited here, so a row that a join loses or doubles on its way to a person shows.
with
    periods as (select period_type, period_start, measured_to from intermediate.int_periods),
    days as (
        select user_id, occurred_on, count(*) filter (where kind = 'call') as calls, count(*) as touches
        from staging.stg_activities
        where is_completed
        group by user_id, occurred_on
    ),
    in_role as (
        select
            days.*,
            exists (
                select 1
                from staging.stg_assignments as held
                where
                    held.user_id = days.user_id
                    and held.role = 'SDR'
                    and held.valid_from <= days.occurred_on
                    and (held.valid_to is null or held.valid_to > days.occurred_on)
            ) as is_sdr
        from days
    ),
    activity as (
        select
            occurred_on as happened_on,
            sum(calls) filter (where is_sdr) as calls,
            sum(touches) filter (where is_sdr) as touches
        from in_role
        group by occurred_on
    ),
    qualified as (
        select qualified_on as happened_on, count(*) as qualified_leads
        from staging.stg_leads
        where qualified_on is not null
        group by qualified_on
    ),
    first_handoffs as (
        -- The hand-off of a lead that no other one of the lead precedes.
        select lead_id, min_by(handoff_id, row(sent_at, handoff_id)) as handoff_id
        from staging.stg_handoffs
        group by lead_id
    ),
    firsts as (select handoffs.* from staging.stg_handoffs as handoffs semi join first_handoffs using (handoff_id)),
    outcomes as (
        select
            firsts.lead_id,
            firsts.sent_on as happened_on,
            count(*) filter (where same.decision = 'accepted') > 0 as is_accepted,
            count(same.decision) > 0 as is_decided,
            max(same.sent_at) as last_sent_at
        from firsts
        inner join staging.stg_handoffs as same on same.lead_id = firsts.lead_id and same.sdr_id = firsts.sdr_id
        group by firsts.lead_id, firsts.sent_on
    ),
    strict as (
        -- Every criterion of the seed holds: none of them is found unconfirmed.
        select leads.lead_id
        from staging.stg_leads as leads
        where
            not exists (
                select 1
                from seeds.qualification_criteria as criteria
                where
                    not coalesce(
                        case criteria.criterion
                            when 'budget'
                            then leads.budget_confirmed
                            when 'authority'
                            then leads.authority_confirmed
                            when 'need'
                            then leads.need_confirmed
                            when 'timing'
                            then leads.timing_confirmed
                        end,
                        false
                    )
            )
    ),
    lead_wins as (
        select lead_id, closed_at
        from won_deals
        where lead_id is not null
        union
        select handoffs.lead_id, won_deals.closed_at
        from staging.stg_handoffs as handoffs
        inner join won_deals on handoffs.opportunity_id = won_deals.opportunity_id
        where handoffs.decision = 'accepted'
    ),
    won_leads as (select lead_id, min(closed_at) as won_at from lead_wins group by lead_id),
    horizons as (select period_type, period_start, close_horizon_days as horizon_days from staged_ae),
    chains as (
        select
            periods.period_type,
            periods.period_start,
            count(firsts.lead_id) as chain_sent,
            count(*) filter (where won_at <= sent_at + horizon_days * 24 * interval 1 hour) as chain_won
        from periods
        inner join horizons using (period_type, period_start)
        cross join staging.stg_context
        left join
            firsts
            on sent_on >= measured_to - horizon_days - close_window_days::int
            and sent_on < measured_to - horizon_days
        left join won_leads using (lead_id)
        group by all
    ),
    sent as (
        select
            outcomes.happened_on,
            count(*) as leads_sent,
            count(strict.lead_id) as strictly_qualified_sent,
            count(*) filter (where is_accepted) as accepted,
            count(*) filter (where is_decided and not is_accepted) as rejected,
            count(*) filter (where not is_decided and last_sent_at > due_from) as pending,
            count(*) filter (where not is_decided and last_sent_at <= due_from) as overdue,
            count(won_leads.lead_id) as won
        from outcomes
        cross join
            (
                select as_of_ends_at - acceptance_sla_hours::int * interval 1 hour as due_from
                from staging.stg_context
            )
        left join strict using (lead_id)
        left join won_leads using (lead_id)
        group by outcomes.happened_on
    ),
    decided as (
        select sent_on as happened_on, count(decision) as handoffs_decided
        from staging.stg_handoffs
        group by sent_on
    ),
    by_day as (
        select *
        from activity
        full join qualified using (happened_on)
        full join sent using (happened_on)
        full join decided using (happened_on)
    )
select
    period_type,
    period_start,
    coalesce(sum(calls), 0)::decimal(38, 2) as calls,
    coalesce(sum(touches), 0)::decimal(38, 2) as touches,
    coalesce(sum(qualified_leads), 0)::decimal(38, 2) as qualified_leads,
    coalesce(sum(leads_sent), 0)::decimal(38, 2) as leads_sent,
    coalesce(sum(strictly_qualified_sent), 0)::decimal(38, 2) as strictly_qualified_sent,
    coalesce(sum(accepted), 0)::decimal(38, 2) as accepted,
    coalesce(sum(rejected), 0)::decimal(38, 2) as rejected,
    coalesce(sum(pending), 0)::decimal(38, 2) as pending,
    coalesce(sum(overdue), 0)::decimal(38, 2) as overdue,
    coalesce(sum(won), 0)::decimal(38, 2) as won,
    coalesce(sum(handoffs_decided), 0)::decimal(38, 2) as handoffs_decided,
    max(chain_sent)::decimal(38, 2) as chain_sent,
    max(chain_won)::decimal(38, 2) as chain_won
from periods
inner join chains using (period_type, period_start)
left join by_day on happened_on >= period_start and happened_on < measured_to
group by period_type, period_start
