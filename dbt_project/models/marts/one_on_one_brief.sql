{# Sections in the order in which they help in a meeting, and how many lines each may have; of all of them the first 12 are told. #}
{% set sections = {
    "topic": 1,
    "weakness": 3,
    "change": 1,
    "coach": 1,
    "target": 2,
    "strength": 2,
    "cadence": 1,
    "last_session": 2,
} %}
{% set models = [
    ref("fct_brief_standings"),
    ref("fct_brief_handoffs"),
    ref("fct_brief_changes"),
    ref("fct_brief_targets"),
    ref("fct_brief_sessions"),
    ref("fct_brief_topics"),
] %}
with
    sections as (
        select section, section_no, most_lines
        from
            (
                values
                    {% for section, lines in sections.items() -%}
                        ('{{ section }}', {{ loop.index }}, {{ lines }}) {%- if not loop.last %}, {% endif %}
                    {% endfor %}
            ) as sections(section, section_no, most_lines)
    ),
    told as (
        {% for model in models -%}
            select *
            from {{ model }}
            {%- if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    ),
    numbered as (
        select
            told.*,
            sections.section_no,
            sections.most_lines,
            row_number() over (
                partition by told.user_id, told.section
                order by
                    coalesce(told.is_filler, false),
                    told.place,
                    told.role,
                    told.phrase,
                    told.metric,
                    told.period_start
            ) as nth
        from told
        inner join sections using (section)
    ),
    kept as (
        select numbered.*, row_number() over (partition by user_id order by section_no, nth) as position
        from numbered
        where nth <= most_lines and (nth = 1 or is_filler is null)
    ),
    worded as (
        select
            kept.*,
            context.report_language as language,
            case when context.report_language = 'ru' then phrases.ru else phrases.en end as sentence,
            case when context.report_language = 'ru' then words.ru else words.en end as word,
            case when context.report_language = 'ru' then labels.label_ru else labels.label end as label,
            coalesce(kept.shown_as, labels.shown_as) as value_as,
            metrics.shown_as as metric_as,
            people.team,
            people.manager_id,
            {{ display_name("kept.user_id", "users.full_name") }} as full_name,
            {{ display_name("kept.person_id", "persons.full_name") }} as person_name,
            context.release_id,
            context.built_at
        from kept
        cross join {{ ref("stg_context") }} as context
        inner join {{ ref("brief_phrases") }} as phrases using (phrase)
        left join {{ ref("brief_phrases") }} as words on kept.words = words.phrase
        left join {{ ref("int_current_roles") }} as people using (user_id, role)
        left join
            {{ ref("metrics") }} as labels
            on kept.label_role = labels.role
            and kept.label_metric = labels.metric
        left join {{ ref("metrics") }} as metrics on kept.role = metrics.role and kept.metric = metrics.metric
        left join {{ ref("stg_users") }} as users on kept.user_id = users.user_id
        left join {{ ref("stg_users") }} as persons on kept.person_id = persons.user_id
    ),
    filled as (
        select
            worded.*,
            {{
                fill_phrase(
                    "sentence",
                    {
                        "label": "label",
                        "value": shown("value", "value_as"),
                        "peers": shown("peer_value", "value_as"),
                        "low": "case when difference is null then "
                        ~ shown("low", "value_as")
                        ~ " else "
                        ~ shown_difference("low", "metric_as")
                        ~ " end",
                        "high": "case when difference is null then "
                        ~ shown("high", "value_as")
                        ~ " else "
                        ~ shown_difference("high", "metric_as")
                        ~ " end",
                        "difference": shown_difference("difference", "metric_as"),
                        "part": "case when section = 'target' then "
                        ~ shown("part", "metric_as")
                        ~ " else "
                        ~ shown_number("part")
                        ~ " end",
                        "whole": "case when section = 'target' then "
                        ~ shown("whole", "metric_as")
                        ~ " else "
                        ~ shown_number("whole")
                        ~ " end",
                        "times": shown_number("times"),
                        "number": "cast(number_of as string)",
                        "period": "case when period_type = 'month' then left(cast(period_start as string), 7) else cast(period_start as string) end",
                        "since": "cast(since_on as string)",
                        "person": "person_name",
                        "kind": "word",
                        "words": "words",
                    },
                )
            }}
            as text
        from worded
    )
select
    user_id,
    full_name,
    role,
    team,
    manager_id,
    position,
    section,
    metric,
    text,
    period_type,
    period_start,
    value,
    low,
    high,
    peer_value,
    since_on,
    person_id,
    notes_url,
    release_id,
    built_at as updated_at
from filled
where position <= 12
