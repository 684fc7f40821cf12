-- Made empty under its contract; pipelines/release fills it from the manifest once the night is audited.
select
    cast(null as string) as table_name,
    cast(null as string) as column_name,
    cast(null as bigint) as ordinal,
    cast(null as string) as data_type,
    cast(null as boolean) as is_nullable,
    cast(null as boolean) as is_key,
    cast(null as string) as unit,
    cast(null as string) as description,
    cast(null as string) as table_description,
    cast(null as string) as grain,
    cast(null as string) as release_id,
    cast(null as timestamp) as updated_at
where false
