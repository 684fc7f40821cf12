-- What a period closes with, the next one opens with, AM by AM.
with
    nexts as (select distinct period_type, period_start from main.am_ranking)
select
    before.period_type,
    before.period_start,
    before.am_id,
    before.closing is distinct from coalesce(after.opening, 0) as is_offending
from main.am_ranking as before
inner join nexts on before.period_type = nexts.period_type and before.period_end = nexts.period_start
left join
    main.am_ranking as after
    on before.period_type = after.period_type
    and before.period_end = after.period_start
    and before.am_id = after.am_id
