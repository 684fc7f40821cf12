{% set groups = ["role", "metric", "held_on"] %}
with
    kinds as (select role, metric, kind from {{ ref("metrics") }}),
    counted as (
        select
            windows.role,
            windows.metric,
            windows.held_on,
            windows.user_id,
            windows.is_in_role,
            windows.is_coached,
            {% for side, sign in {"before": "<", "after": ">"}.items() -%}
                {% for part in ["numerator", "denominator"] -%}
                    coalesce(
                        {{
                            exact_sum(
                                "case when events.on_date "
                                ~ sign
                                ~ " windows.held_on then events."
                                ~ part
                                ~ " end"
                            )
                        }},
                        0e0
                    ) as {{ part }}_{{ side }}
                    {%- if not loop.last %}, {% endif %}
                {% endfor %}
                {%- if not loop.last %}, {% endif %}
            {% endfor %}
        from {{ ref("int_coaching_windows") }} as windows
        left join
            {{ ref("int_daily_events") }} as events
            on windows.role = events.role
            and windows.metric = events.metric
            and windows.user_id = events.user_id
            and events.on_date >= {{ add_days("windows.held_on", "-" ~ episode_days()) }}
            and events.on_date <= {{ add_days("windows.held_on", episode_days()) }}
        group by
            windows.role,
            windows.metric,
            windows.held_on,
            windows.user_id,
            windows.is_in_role,
            windows.is_coached
    ),
    measured as (
        select
            counted.*,
            kinds.kind,
            true as is_member,
            numerator_before as numerator,
            denominator_before as denominator
        from counted
        inner join kinds using (role, metric)
    ),
    proportions as (select * from measured where kind = 'proportion'),
    rates as (select * from measured where kind = 'rate'),
    estimates as (
        {% for shrunk in [
            shrunk_proportions("proportions", groups, "user_id"),
            shrunk_rates("rates", groups, "user_id"),
        ] -%}
            select {{ groups | join(", ") }}, user_id, shrunk
            from ({{ shrunk }}) as shrunk
            {%- if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    ),
    compared as (
        select
            counted.*,
            {{ safe_ratio("counted.numerator_before", "counted.denominator_before") }} as value_before,
            {{ safe_ratio("counted.numerator_after", "counted.denominator_after") }} as value_after,
            estimates.shrunk as shrunk_before,
            counted.is_in_role
            and counted.denominator_before > 0
            and counted.denominator_after > 0 as is_comparable
        from counted
        inner join estimates using ({{ groups | join(", ") }}, user_id)
    ),
    placed as (
        select
            compared.*,
            rank() over thirds as place,
            count(*) over (partition by role, metric, held_on, is_comparable) as people
        from compared
        window thirds as (partition by role, metric, held_on, is_comparable order by round(shrunk_before, 12))
    )
select
    role,
    metric,
    held_on,
    user_id,
    is_coached,
    numerator_before,
    denominator_before,
    numerator_after,
    denominator_after,
    value_before,
    value_after,
    shrunk_before,
    -- Equal baselines share a third.
    case when is_comparable then cast(floor((place - 1) * 3 / people) as bigint) + 1 end as tercile,
    case when is_comparable then value_after - shrunk_before end as change
from placed
