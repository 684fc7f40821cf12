-- Rows set aside, per source, entity and reason: the quarantine and the refused files against quarantine_summary.
with
    loaded as (select distinct source_name, entity, delivered_on, file_sha from night.files where verdict = 'loaded'),
    staged as (
        select source_name as source, entity, reason, count(*) as rows_set_aside
        from night.quarantine
        semi join loaded using (source_name, entity, delivered_on, file_sha)
        group by all
        union all
        select source_name, coalesce(nullif(entity, ''), '(unknown)'), code, coalesce(sum(rows_in), 0)
        from night.files
        where verdict = 'refused'
        group by all
    )
select
    source,
    entity,
    reason,
    staged.rows_set_aside is distinct from published.rows_set_aside as is_offending
from staged
full join main.quarantine_summary as published using (source, entity, reason)
