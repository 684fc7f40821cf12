-- Straight from staging: who holds one of the three roles on D and is there; their sentences are numbered from 1, twelve at most.
with
    people as (
        select distinct user_id
        from staging.stg_assignments
        cross join night.context
        where
            role in ('SDR', 'AE', 'AM')
            and valid_from <= as_of
            and (valid_to is null or valid_to > as_of)
            and user_id not in (
                select user_id from staging.stg_users where is_active is false or left_on <= as_of
            )
    ),
    briefs as (
        select user_id, min(position) as first, max(position) as last, count(*) as lines
        from main.one_on_one_brief
        group by user_id
    )
select
    user_id,
    people.user_id is null
    or briefs.user_id is null
    or first <> 1
    or last <> lines
    or lines > 12 as is_offending
from people
full join briefs using (user_id)
