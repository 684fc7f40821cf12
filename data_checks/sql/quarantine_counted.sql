-- Rows in the quarantine, per delivery, against what the receipts say was set aside.
with
    counted as (
        select source_name, entity, delivered_on, file_sha, count(*) as rows
        from night.quarantine
        group by all
    ),
    receipts as (
        select source_name, entity, delivered_on, file_sha, sum(rows_quarantined) as rows
        from night.files
        where verdict = 'loaded' and rows_quarantined > 0
        group by all
    )
select
    source_name,
    entity,
    delivered_on,
    file_sha,
    counted.rows is distinct from receipts.rows as is_offending
from receipts
left join counted using (source_name, entity, delivered_on, file_sha)
