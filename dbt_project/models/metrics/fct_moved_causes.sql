with
    baseline as (select ends_at, has_same_definitions from {{ source("night", "baseline") }}),
    moved as (select * from {{ ref("fct_moved_counts") }}),
    known as (
        select thing, thing_id
        from {{ source("night", "records_before") }}
        union
        select 'accounts', account_id
        from {{ source("night", "lines_before") }}
    ),
    decisions as (
        -- When what a figure of open or settled outcomes counts was decided, also where it counts no more.
        select thing, thing_id, max(settled_at) as decided_at
        from {{ ref("int_counted_records") }}
        where metric in ('accepted', 'rejected', 'handoffs_decided')
        group by thing, thing_id
    ),
    horizons as (
        select
            period_type,
            period_start,
            now.cohort_start <> before.cohort_start or now.cohort_end <> before.cohort_end as is_moved
        from {{ ref("int_close_horizons") }} as now
        inner join {{ source("night", "windows_before") }} as before using (period_type, period_start)
    ),
    evidence as (
        select
            role,
            metric,
            period_type,
            period_start,
            thing,
            thing_id,
            bool_or(basis = 'thing') as is_touched,
            bool_or(basis = 'thing' and is_merge) as is_merged,
            bool_or(basis = 'thing' and change = 'deleted') as is_deleted,
            -- A new step of a known deal tells its story otherwise; the deal did not come late.
            bool_or(basis = 'thing' and change = 'new' and entity <> 'opportunity_history') as is_new,
            bool_or(basis = 'person') as is_person_touched,
            bool_or(basis = 'rate') as is_rate_touched
        from {{ ref("fct_moved_evidence") }}
        group by role, metric, period_type, period_start, thing, thing_id
    ),
    judged as (
        select
            moved.role,
            moved.metric,
            moved.period_type,
            moved.period_start,
            moved.user_id,
            moved.thing,
            moved.thing_id,
            moved.adds_after - moved.adds_before as change,
            moved.cut = 'cohort' and horizons.is_moved as is_horizon_moved,
            known.thing_id is not null as was_known,
            moved.is_same_money,
            coalesce(evidence.is_touched, false) as is_touched,
            evidence.is_merged,
            evidence.is_deleted,
            evidence.is_new,
            evidence.is_person_touched,
            evidence.is_rate_touched,
            sum(moved.adds_after - moved.adds_before) over same_thing = 0 as is_passed_on,
            bool_or(evidence.is_touched or evidence.is_rate_touched) over same_book as is_book_touched,
            moved.metric in ('pending', 'overdue', 'due_leads', 'undecided') as is_waiting,
            case
                when
                    moved.metric in (
                        'pending',
                        'overdue',
                        'due_leads',
                        'undecided',
                        'accepted',
                        'rejected',
                        'rejected_with_reason',
                        'handoffs_decided'
                    )
                then decisions.decided_at
                else moved.settled_at
            end as settled_at,
            decisions.decided_at
        from moved
        inner join
            horizons
            on moved.period_type = horizons.period_type
            and moved.period_start = horizons.period_start
        left join known on moved.thing = known.thing and moved.thing_id = known.thing_id
        left join decisions on moved.thing = decisions.thing and moved.thing_id = decisions.thing_id
        left join
            evidence
            on moved.role = evidence.role
            and moved.metric = evidence.metric
            and moved.period_type = evidence.period_type
            and moved.period_start = evidence.period_start
            and moved.thing = evidence.thing
            and moved.thing_id = evidence.thing_id
        window
            same_thing as (
                partition by
                    moved.role,
                    moved.metric,
                    moved.period_type,
                    moved.period_start,
                    moved.thing,
                    moved.thing_id
            ),
            same_book as (partition by moved.role, moved.period_type, moved.period_start, moved.user_id)
    )
select
    judged.role,
    judged.metric,
    judged.period_type,
    judged.period_start,
    judged.user_id,
    judged.thing,
    judged.thing_id,
    judged.change,
    case
        when judged.is_merged
        then 'merged'
        when judged.is_deleted
        then 'deleted'
        when judged.is_new and not judged.was_known
        then 'late'
        when judged.was_known and judged.settled_at >= baseline.ends_at
        then 'matured'
        when judged.is_waiting and judged.decided_at is null and not judged.is_touched
        then 'matured'
        when judged.is_same_money and judged.is_rate_touched
        then 'fx'
        when judged.is_passed_on and judged.is_touched
        then 're_owned'
        when judged.is_new
        then 'late'
        when judged.is_touched
        then 'restated'
        when judged.is_person_touched
        then 're_owned'
        when judged.is_rate_touched
        then 'fx'
        when judged.is_horizon_moved
        then 'peers'
        -- Which clients are the top depends on the others in the book.
        when (judged.metric like 'top%' or judged.metric like 'tail%') and judged.is_book_touched
        then 'peers'
        when not baseline.has_same_definitions
        then 'definition'
        else 'unexplained'
    end as cause
from judged
cross join baseline
