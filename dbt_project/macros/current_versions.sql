{#
The row that stands for each key on D, of the raw rows delivered by then.

The newest version wins: by updated_at (entities without it begin at their delivery), then delivery date, then the manifest's
version, then the greatest hash of the row; never by order of arrival. A key is gone when its newest version is a soft delete, or
when it is absent from the newest complete full delivery of its source and from everything later. A row that was set aside there
still shows that its key exists. keep_deleted asks for the newest version of every key, gone or not. raw_rows may be part of the
entity's rows, with all versions of every key in it.

The raw rows are named where they are read and not once in a CTE: engines keep the rows of a CTE that is read twice, and these are
the longest there are.
#}
{% macro current_versions(entity, key, columns, dated=true, keep_deleted=false, raw_rows=none) %}
    {%- set raw_rows = raw_rows or source("crm", entity) -%}
    {%- set same_key -%}
        {% for column in key %}
            raw_rows.{{ column }} = repeated_keys.{{ column }} {% if not loop.last %} and {% endif %}
        {% endfor %}
    {%- endset -%}
    with
        repeated_keys as (
            -- Most keys come once. Only the others are put in order, which is what costs.
            select {{ key | join(", ") }}
            from {{ raw_rows }}
            group by {{ key | join(", ") }}
            having count(*) > 1
        ),
        versions as (
            select
                raw_rows.*,
                row_number() over (
                    partition by
                        {% for column in key %}
                            raw_rows.{{ column }}{% if not loop.last %},{% endif %}
                        {% endfor %}
                    order by
                        {% if dated %} updated_at desc nulls last,{% endif %}
                        _delivered_on desc,
                        _version desc,
                        md5(
                            concat_ws(
                                '|',
                                coalesce(is_deleted, false)
                                {% for column in columns %}
                                    , coalesce(cast(raw_rows.{{ column }} as string), '')
                                {% endfor %}
                            )
                        ) desc
                ) as version_rank
            from {{ raw_rows }} as raw_rows
            inner join repeated_keys on {{ same_key }}
        ),
        newest_versions as (
            select
                {%- if not keep_deleted %} coalesce(is_deleted, false) as is_deleted, _source,{% endif %}
                {% for column in columns %} {{ column }}{% if not loop.last %},{% endif %} {% endfor %}
            from versions
            where version_rank = 1
            union all
            select
                {%- if not keep_deleted %} coalesce(raw_rows.is_deleted, false), raw_rows._source,{% endif %}
                {% for column in columns %}
                    raw_rows.{{ column }}{% if not loop.last %},{% endif %}
                {% endfor %}
            from {{ raw_rows }} as raw_rows
            left join repeated_keys on {{ same_key }}
            where repeated_keys.{{ key[0] }} is null
        )
        {%- if not keep_deleted %}
            ,
            full_deliveries as (
                select source_name, max(delivered_on) as delivered_on
                from {{ source("night", "files") }}
                where entity = '{{ entity }}' and is_full
                group by source_name
            ),
            earlier_keys as (
                -- Only a key that was delivered before the newest full delivery can be absent from it.
                select distinct raw_rows._source as source_name, {{ key_text("raw_rows", key) }} as key_text
                from {{ raw_rows }} as raw_rows
                inner join
                    full_deliveries
                    on raw_rows._source = full_deliveries.source_name
                    and raw_rows._delivered_on < full_deliveries.delivered_on
            ),
            gone_keys as (
                select source_name, key_text
                from earlier_keys
                except
                select raw_rows._source, {{ key_text("raw_rows", key) }}
                from {{ raw_rows }} as raw_rows
                inner join
                    full_deliveries
                    on raw_rows._source = full_deliveries.source_name
                    and raw_rows._delivered_on >= full_deliveries.delivered_on
                where {{ key_text("raw_rows", key) }} in (select key_text from earlier_keys)
                except
                select quarantine.source_name, quarantine.key_text
                from {{ source("night", "quarantine") }} as quarantine
                inner join
                    full_deliveries
                    on quarantine.source_name = full_deliveries.source_name
                    and quarantine.delivered_on >= full_deliveries.delivered_on
                where quarantine.entity = '{{ entity }}'
            )
        {%- endif %}
    select
        {% for column in columns %}
            newest_versions.{{ column }}{% if not loop.last %},{% endif %}
        {% endfor %}
    from newest_versions
    {% if not keep_deleted -%}
        left join
            gone_keys
            on newest_versions._source = gone_keys.source_name
            and {{ key_text("newest_versions", key) }} = gone_keys.key_text
        where not newest_versions.is_deleted and gone_keys.key_text is null
    {%- endif %}
{% endmacro %}
