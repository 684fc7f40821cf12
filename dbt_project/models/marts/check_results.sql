-- Made empty under its contract; pipelines/release fills it once the night is audited.
select
    cast(null as string) as check_id,
    cast(null as string) as stage,
    cast(null as string) as severity,
    cast(null as boolean) as is_required,
    cast(null as string) as table_name,
    cast(null as string) as column_name,
    cast(null as string) as description,
    cast(null as bigint) as rows_examined,
    cast(null as string) as observed,
    cast(null as string) as threshold,
    cast(null as double) as observed_value,
    cast(null as double) as threshold_value,
    cast(null as string) as verdict,
    cast(null as string) as message,
    cast(null as string) as release_id,
    cast(null as timestamp) as updated_at
where false
