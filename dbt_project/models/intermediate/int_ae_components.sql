with recursive
    feeds as (select period_type, period_start, ae_id, feeder_id from {{ ref("int_ae_feeds") }}),
    spread as (
        -- Each round, the least name among those who share a feeder goes to all of them, then to all feeds
        -- of an AE. A period is done once no name changes.
        select period_type, period_start, ae_id, feeder_id, ae_id as component, 1 as is_moving
        from feeds
        union all
        select
            period_type,
            period_start,
            ae_id,
            feeder_id,
            reached,
            max(case when reached < component then 1 else 0 end) over (
                partition by period_type, period_start
            ) as is_moving
        from
            (
                select
                    period_type,
                    period_start,
                    ae_id,
                    feeder_id,
                    component,
                    min(nearest) over (partition by period_type, period_start, ae_id) as reached
                from
                    (
                        select
                            period_type,
                            period_start,
                            ae_id,
                            feeder_id,
                            component,
                            min(component) over (partition by period_type, period_start, feeder_id) as nearest
                        from spread
                        where is_moving = 1
                    ) as by_feeder
            ) as by_ae
    )
select period_type, period_start, ae_id, min(component) as component
from spread
group by period_type, period_start, ae_id
