{{ config(materialized="view") }}
{% for relation in [ref("stg_activities_tonight"), source("night", "kept_activities")] %}
    select
        activity_id,
        user_id,
        kind,
        occurred_at,
        occurred_on,
        is_completed,
        outcome,
        duration_seconds,
        lead_id,
        opportunity_id,
        account_id,
        updated_at
    from {{ relation }}
    {% if not loop.last %}
        union all
    {% endif %}
{% endfor %}
