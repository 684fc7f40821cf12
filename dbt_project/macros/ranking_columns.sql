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

{% macro rank_columns() %}
    ranks.rank, ranks.ranked_count, ranks.is_ranked, ranks.not_ranked_reason, ranks.previous_rank,
{% endmacro %}

{% macro release_columns() %} context.release_id, context.built_at as updated_at {% endmacro %}

{# From the facts of a role to everything that describes a row: its period, person, rank and release. #}
{% macro ranking_joins(facts, role, key) %}
    from {{ facts }} as facts
    inner join
        {{ ref("int_periods") }} as periods
        on facts.period_type = periods.period_type
        and facts.period_start = periods.period_start
    inner join
        {{ ref("fct_role_ranks") }} as ranks
        on ranks.role = '{{ role }}'
        and facts.period_type = ranks.period_type
        and facts.period_start = ranks.period_start
        and facts.{{ key }} = ranks.user_id
    left join
        {{ ref("int_role_members") }} as members
        on members.role = '{{ role }}'
        and facts.period_type = members.period_type
        and facts.period_start = members.period_start
        and facts.{{ key }} = members.user_id
    left join {{ ref("stg_users") }} as users on facts.{{ key }} = users.user_id
    cross join {{ ref("stg_context") }} as context
{% endmacro %}
