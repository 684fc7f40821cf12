with
    steps as (select * from {{ ref("int_deal_steps") }}),
    last_closed as (
        select told_by, opportunity_id, max(step) as last_closed_step
        from steps
        where is_closed
        group by told_by, opportunity_id
    ),
    run_starts as (
        -- The last unbroken run of closed steps begins after the last open step before its end.
        select
            last_closed.told_by,
            last_closed.opportunity_id,
            coalesce(max(open_steps.step), 0) + 1 as first_closed_step
        from last_closed
        left join
            steps as open_steps
            on last_closed.told_by = open_steps.told_by
            and last_closed.opportunity_id = open_steps.opportunity_id
            and not open_steps.is_closed
            and open_steps.step < last_closed.last_closed_step
        group by last_closed.told_by, last_closed.opportunity_id
    )
select steps.told_by, steps.opportunity_id, steps.changed_at as closed_at, steps.owner_id
from run_starts
inner join
    steps
    on run_starts.told_by = steps.told_by
    and run_starts.opportunity_id = steps.opportunity_id
    and run_starts.first_closed_step = steps.step
