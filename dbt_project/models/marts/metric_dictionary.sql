with
    metrics as (select * from {{ ref("metrics") }}),
    context as (select release_id, built_at from {{ ref("stg_context") }})
select
    metrics.role,
    metrics.metric,
    metrics.label,
    metrics.label_ru,
    metrics.kind,
    metrics.direction,
    metrics.unit,
    metrics.is_additive,
    metrics.kind <> 'descriptive' as is_ranked,
    metrics.is_primary,
    metrics.weight,
    metrics.min_n,
    metrics.min_tenure_days,
    metrics.numerator_column,
    metrics.denominator_column,
    metrics.needs,
    metrics.definition,
    metrics.definition_ru,
    metrics.formula,
    metrics.source,
    metrics.caveat,
    metrics.counter_metric,
    metrics.definition_version,
    context.release_id,
    context.built_at as updated_at
from metrics
cross join context
