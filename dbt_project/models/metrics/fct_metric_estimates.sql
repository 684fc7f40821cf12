{% set groups = ["role", "period_type", "period_start", "metric"] %}
with
    members as (select role, period_type, period_start, user_id from {{ ref("int_role_members") }}),
    measured as (
        select values_of.*, members.user_id is not null as is_member
        from {{ ref("fct_metric_values") }} as values_of
        left join members using (role, period_type, period_start, user_id)
        where values_of.kind <> 'descriptive'
    ),
    proportions as (select * from measured where kind = 'proportion'),
    rates as (select * from measured where kind = 'rate' and metric <> 'close_rate_adjusted'),
    amounts as (select * from measured where kind = 'amount'),
    estimates as (
        {% for shrunk in [
            shrunk_proportions("proportions", groups, "user_id"),
            shrunk_rates("rates", groups, "user_id"),
            shrunk_amounts("amounts", groups, "user_id"),
        ] -%}
            select
                {{ groups | join(", ") }},
                user_id,
                role_mean,
                prior_strength,
                between_variance,
                shrunk,
                variance
            from ({{ shrunk }}) as shrunk
            union all
        {% endfor %}
        select
            'AE',
            period_type,
            period_start,
            'close_rate_adjusted',
            ae_id,
            role_mean,
            prior_strength,
            between_variance,
            shrunk,
            variance
        from {{ ref("fct_close_rate_adjusted") }}
    ),
    assigned as (
        select
            measured.*,
            estimates.role_mean,
            estimates.prior_strength,
            estimates.between_variance,
            case when is_member then estimates.shrunk end as shrunk,
            case
                when is_member
                then sqrt(case when estimates.variance < 0 then 0e0 else estimates.variance end)
            end as sd
        from measured
        left join estimates using ({{ groups | join(", ") }}, user_id)
    ),
    intervals as (
        select
            assigned.*,
            shrunk - {{ z_of_interval() }} * sd as low,
            shrunk + {{ z_of_interval() }} * sd as high
        from assigned
    )
select
    role,
    period_type,
    period_start,
    user_id,
    metric,
    kind,
    direction,
    numerator,
    denominator,
    value,
    n,
    standard_error,
    role_mean,
    prior_strength,
    between_variance,
    shrunk,
    sd,
    case when kind = 'proportion' and low < 0 then 0e0 else low end as low,
    case when kind = 'proportion' and high > 1 then 1e0 else high end as high,
    case
        when direction = 'lower'
        then {{ tier("-high", "-low", "-role_mean") }}
        else {{ tier("low", "high", "role_mean") }}
    end as tier
from intervals
