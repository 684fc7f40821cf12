{#
The records of an entity that tonight's deliveries changed since the release before: record_id (the key as text) and change.

`new`: no earlier delivery had the key. `changed`: a row says what no earlier row of the key said, or the key is back. `deleted`: a
row says so, or the key is absent from tonight's complete full delivery and was not from the one before. A row delivered again as it
was changes nothing.
#}
{% macro changed_records(entity, keys) %}
    {%- set record_id = key_text("delivered", keys) -%}
    {%- set in_files -%}
        from {{ source("crm", entity) }} as delivered
        inner join
            {{ entity }}_files as files
            on delivered._source = files.source_name
            and delivered._delivered_on = files.delivered_on
            and delivered._file_sha = files.file_sha
    {%- endset %}
    {{ entity }}_files as (
        select source_name, delivered_on, file_sha, is_full, is_new
        from {{ source("night", "files") }}
        where entity = '{{ entity }}' and verdict = 'loaded'
    ),
    {{ entity }}_came as (
        select
            {{ record_id }} as record_id,
            {{ row_content("delivered") }} as content,
            coalesce(delivered.is_deleted, false) as is_deleted
            {{ in_files }}
        where files.is_new
    ),
    {{ entity }}_before as (
        select {{ record_id }} as record_id, {{ row_content("delivered") }} as content {{ in_files }}
        where not files.is_new and {{ record_id }} in (select record_id from {{ entity }}_came)
    ),
    {{ entity }}_fulls as (
        select
            source_name,
            max(case when not is_new then delivered_on end) as before_on,
            max(delivered_on) as newest_on
        from {{ entity }}_files
        where is_full
        group by source_name
        having bool_or(is_new)
    ),
    {{ entity }}_present as (
        select
            delivered._source as source_name,
            {{ record_id }} as record_id,
            bool_or(
                not files.is_new and coalesce(delivered._delivered_on >= fulls.before_on, true)
            ) as was_present,
            bool_or(delivered._delivered_on >= fulls.newest_on) as is_present
            {{ in_files }}
        inner join {{ entity }}_fulls as fulls on files.source_name = fulls.source_name
        group by delivered._source, {{ record_id }}
    ),
    {{ entity }}_rewritten as (
        select
            came.record_id,
            case
                when bool_or(came.is_deleted)
                then 'deleted'
                when bool_or(known.record_id is not null)
                then 'changed'
                else 'new'
            end as change
        from {{ entity }}_came as came
        left join
            (select distinct record_id from {{ entity }}_before) as known on came.record_id = known.record_id
        left join
            (select distinct record_id, content from {{ entity }}_before) as told
            on came.record_id = told.record_id
            and came.content = told.content
        where told.content is null
        group by came.record_id
    ),
    {{ entity }}_changes as (
        select record_id, change
        from {{ entity }}_rewritten
        union all
        select record_id, case when is_present then 'changed' else 'deleted' end
        from {{ entity }}_present
        where was_present <> is_present and record_id not in (select record_id from {{ entity }}_rewritten)
    )
{% endmacro %}
