with
    files as (select * from {{ source("night", "files") }}),
    quarantine as (select * from {{ source("night", "quarantine") }}),
    context as (select release_id, built_at from {{ ref("stg_context") }}),
    refused_files as (
        select
            source_name, entity, delivered_on, code as reason, 1 as files, rows_in, rows_in as rows_set_aside
        from files
        where verdict = 'refused'
    ),
    loaded_files as (
        -- Two parts of a delivery with the same bytes cannot be told apart in the quarantine.
        select
            source_name,
            entity,
            delivered_on,
            file_sha,
            cast(count(*) as bigint) as files,
            sum(rows_in) as rows_in
        from files
        where verdict = 'loaded'
        group by source_name, entity, delivered_on, file_sha
    ),
    rows_of_files as (
        select
            source_name,
            entity,
            delivered_on,
            file_sha,
            reason,
            count(*) as rows_set_aside,
            min(line) as example_line
        from quarantine
        group by source_name, entity, delivered_on, file_sha, reason
    ),
    set_aside as (
        select
            source_name,
            coalesce(nullif(entity, ''), '(unknown)') as entity,
            reason,
            delivered_on,
            files,
            coalesce(rows_in, 0) as rows_in,
            coalesce(rows_set_aside, 0) as rows_set_aside,
            cast(null as bigint) as example_line,
            'file refused: mend it and deliver it again' as action
        from refused_files
        union all
        select
            rows_of_files.source_name,
            rows_of_files.entity,
            rows_of_files.reason,
            rows_of_files.delivered_on,
            loaded_files.files,
            loaded_files.rows_in,
            rows_of_files.rows_set_aside,
            rows_of_files.example_line,
            'correct them in the CRM; the next delivery brings them'
        from rows_of_files
        inner join loaded_files using (source_name, entity, delivered_on, file_sha)
    )
select
    set_aside.source_name as source,
    set_aside.entity,
    set_aside.reason,
    cast(sum(set_aside.files) as bigint) as files,
    cast(sum(set_aside.rows_in) as bigint) as rows_in,
    cast(sum(set_aside.rows_set_aside) as bigint) as rows_set_aside,
    min(set_aside.delivered_on) as first_delivered_on,
    max(set_aside.delivered_on) as last_delivered_on,
    min(set_aside.example_line) as example_line,
    max(set_aside.action) as action,
    max(context.release_id) as release_id,
    max(context.built_at) as updated_at
from set_aside
cross join context
group by set_aside.source_name, set_aside.entity, set_aside.reason
