{% set facts = {
    "SDR": [ref("fct_sdr_periods"), "sdr_id"],
    "AE": [ref("fct_ae_periods"), "ae_id"],
    "AM": [ref("fct_am_periods"), "am_id"],
} %}
with
    metrics as (
        select
            role,
            metric,
            kind,
            direction,
            unit,
            numerator_column,
            -- A denominator that is no metric itself is counted beside the metric.
            coalesce(denominator_column, metric || '_n') as denominator_column,
            case
                when kind = 'amount'
                then 'kept_accounts'
                when metric = 'close_rate_adjusted'
                then 'cohort_deals'
                else coalesce(denominator_column, metric || '_n')
            end as n_column
        from {{ ref("metrics") }}
        where unit <> 'category'
    ),
    uses as (
        {% for part, column in {
            "value": "metric",
            "numerator": "numerator_column",
            "denominator": "denominator_column",
            "n": "n_column",
            "sampling_variance": "metric || '_s2'",
        }.items() -%}
            select role, metric, '{{ part }}' as part, {{ column }} as figure
            from metrics
            {%- if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    ),
    figures as (
        {% for role, (relation, key) in facts.items() -%}
            select '{{ role }}' as role, period_type, period_start, {{ key }} as user_id, figure, amount
            from ({{ figures(relation, ["period_type", "period_start", key]) }}) as figures
            {%- if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    ),
    parts as (
        select
            role,
            period_type,
            period_start,
            user_id,
            metric,
            max(case when part = 'value' then amount end) as value,
            max(case when part = 'numerator' then amount end) as numerator,
            max(case when part = 'denominator' then amount end) as denominator,
            max(case when part = 'n' then amount end) as n,
            max(case when part = 'sampling_variance' then amount end) as sampling_variance
        from figures
        inner join uses using (role, figure)
        group by role, period_type, period_start, user_id, metric
        having count(case when part = 'value' then 1 end) > 0
    )
select
    role,
    period_type,
    period_start,
    user_id,
    metric,
    metrics.kind,
    metrics.direction,
    -- A count or a sum is its own numerator.
    case
        when
            metrics.numerator_column is null
            and parts.denominator is null
            and metrics.unit in ('count', 'money', 'months')
        then parts.value
        else parts.numerator
    end as numerator,
    parts.denominator,
    parts.value,
    parts.n,
    case when metrics.kind = 'amount' then parts.sampling_variance end as sampling_variance,
    case when metrics.kind = 'amount' then sqrt(parts.sampling_variance) end as standard_error
from parts
inner join metrics using (role, metric)
