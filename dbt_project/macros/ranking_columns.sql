{# Groups of columns that every ranking table publishes, in the order of the contract; see the relations that `ranking_joins` joins. #}
{% macro period_columns() %}
    periods.period_type, periods.period_start, periods.period_end, periods.is_complete,
{% endmacro %}

{% macro person_columns(key) %}
    facts.{{ key }},
    {{ display_name("facts." ~ key, "users.full_name") }} as full_name,
    members.team,
    members.manager_id,
    members.manager_name,
    coalesce(members.in_role_at_end, false) as in_role_at_end,
    coalesce(members.days_in_role, 0) as days_in_role,
    members.tenure_days,
{% endmacro %}

{# A ranked metric's value drawn to the mean of the role, and its interval. #}
{% macro shrunk_columns(metric) %}
    estimates.{{ metric }}_shrunk, estimates.{{ metric }}_low, estimates.{{ metric }}_high,
{% endmacro %}

{% macro target_columns() %}
    targets.target_metric, targets.target, targets.target_actual, targets.attainment,
{% endmacro %}

{% macro rank_columns() %}
    ranks.score,
    ranks.score_low,
    ranks.score_high,
    ranks.rank,
    ranks.rank_low,
    ranks.rank_high,
    ranks.expected_rank,
    ranks.ranked_count,
    ranks.tier,
    ranks.is_ranked,
    ranks.not_ranked_reason,
    ranks.previous_rank,
{% endmacro %}

{% macro release_columns() %} context.release_id, context.built_at as updated_at {% endmacro %}

{# The estimates of some metrics of a role, one row per period and person. #}
{% macro estimates_side_by_side(role, metrics) %}
    select
        period_type,
        period_start,
        user_id
        {%- for metric in metrics %}
            {%- for part in ["shrunk", "low", "high"] %}
                , max(case when metric = '{{ metric }}' then {{ part }} end) as {{ metric }}_{{ part }}
            {%- endfor %}
        {%- endfor %}
    from {{ ref("fct_metric_estimates") }}
    where role = '{{ role }}'
    group by period_type, period_start, user_id
{% endmacro %}

{# That a row of `relation` is about the person and period of the facts. #}
{% macro same_person(relation, key) -%}
    facts.period_type = {{ relation }}.period_type
    and facts.period_start = {{ relation }}.period_start
    and facts.{{ key }} = {{ relation }}.user_id
{%- endmacro %}

{# From the facts of a role to everything that describes a row: its period, person, estimates, target, rank and release. #}
{% macro ranking_joins(facts, role, key, ranked_metrics) %}
    from {{ facts }} as facts
    inner join
        {{ ref("int_periods") }} as periods
        on facts.period_type = periods.period_type
        and facts.period_start = periods.period_start
    inner join
        {{ ref("fct_role_ranks") }} as ranks on ranks.role = '{{ role }}' and {{ same_person("ranks", key) }}
    left join
        {{ ref("int_role_members") }} as members
        on members.role = '{{ role }}'
        and {{ same_person("members", key) }}
    left join
        {{ ref("fct_period_targets") }} as targets
        on targets.role = '{{ role }}'
        and {{ same_person("targets", key) }}
    left join
        ({{ estimates_side_by_side(role, ranked_metrics) }}) as estimates
        on {{ same_person("estimates", key) }}
    left join {{ ref("stg_users") }} as users on facts.{{ key }} = users.user_id
    cross join {{ ref("stg_context") }} as context
{% endmacro %}
