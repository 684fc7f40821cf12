with
    context as (select release_id, built_at from {{ ref("stg_context") }}),
    pairs as (
        select
            period_type,
            period_start,
            'sdr_ae' as pair_kind,
            'SDR' as from_role,
            sdr_id as from_id,
            'AE' as to_role,
            ae_id as to_id,
            sent,
            accepted,
            rejected,
            undecided,
            acceptance_share,
            due,
            decided_in_sla,
            sla_share,
            median_hours_to_decision,
            expected_accepted,
            accepted_residual,
            cohort_deals,
            cohort_won,
            expected_won,
            won_residual,
            rejected_with_reason,
            reason_rate,
            top_reject_reason,
            cast(null as bigint) as accounts_handed_over,
            cast(null as bigint) as accounts_lost,
            cast(null as bigint) as accounts_shrunk,
            cast(null as double) as expected_lost_or_shrunk,
            cast(null as double) as lost_residual,
            cast(null as double) as median_days_to_first_owner
        from {{ ref("fct_sdr_ae_pairs") }}
        union all
        select
            period_type,
            period_start,
            'ae_am',
            'AE',
            ae_id,
            'AM',
            am_id,
            cast(null as bigint),
            cast(null as bigint),
            cast(null as bigint),
            cast(null as bigint),
            cast(null as double),
            cast(null as bigint),
            cast(null as bigint),
            cast(null as double),
            cast(null as double),
            cast(null as double),
            cast(null as double),
            cast(null as bigint),
            cast(null as bigint),
            cast(null as double),
            cast(null as double),
            cast(null as bigint),
            cast(null as double),
            cast(null as string),
            accounts_handed_over,
            accounts_lost,
            accounts_shrunk,
            expected_lost_or_shrunk,
            lost_residual,
            median_days_to_first_owner
        from {{ ref("fct_ae_am_pairs") }}
    ),
    members as (select role, period_type, period_start, user_id, team from {{ ref("int_role_members") }}),
    users as (select user_id, full_name from {{ ref("stg_users") }})
select
    pairs.period_type,
    pairs.period_start,
    periods.period_end,
    periods.is_complete,
    pairs.pair_kind,
    pairs.from_id,
    {{ display_name("pairs.from_id", "from_users.full_name") }} as from_name,
    from_members.team as from_team,
    pairs.to_id,
    {{ display_name("pairs.to_id", "to_users.full_name") }} as to_name,
    to_members.team as to_team,
    pairs.sent,
    pairs.accepted,
    pairs.rejected,
    pairs.undecided,
    pairs.acceptance_share,
    pairs.due,
    pairs.decided_in_sla,
    pairs.sla_share,
    pairs.median_hours_to_decision,
    pairs.expected_accepted,
    pairs.accepted_residual,
    pairs.cohort_deals,
    pairs.cohort_won,
    pairs.expected_won,
    pairs.won_residual,
    pairs.rejected_with_reason,
    pairs.reason_rate,
    pairs.top_reject_reason,
    pairs.accounts_handed_over,
    pairs.accounts_lost,
    pairs.accounts_shrunk,
    pairs.expected_lost_or_shrunk,
    pairs.lost_residual,
    pairs.median_days_to_first_owner,
    context.release_id,
    context.built_at as updated_at
from pairs
inner join
    {{ ref("int_periods") }} as periods
    on pairs.period_type = periods.period_type
    and pairs.period_start = periods.period_start
left join
    members as from_members
    on pairs.from_role = from_members.role
    and pairs.period_type = from_members.period_type
    and pairs.period_start = from_members.period_start
    and pairs.from_id = from_members.user_id
left join
    members as to_members
    on pairs.to_role = to_members.role
    and pairs.period_type = to_members.period_type
    and pairs.period_start = to_members.period_start
    and pairs.to_id = to_members.user_id
left join users as from_users on pairs.from_id = from_users.user_id
left join users as to_users on pairs.to_id = to_users.user_id
cross join context
