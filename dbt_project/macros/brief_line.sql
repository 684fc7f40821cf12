{#
A line of the one-on-one brief before it is put into words: what it is about, its numbers, and the phrase of the seed brief_phrases that
says it. Columns that are not given are NULL. `place` orders the lines of a section, the most useful first; part and whole are what
value is made of; times is how many times the peers' share. Where there is a difference, low and high are the interval around it, and it is
one of (role, metric). A filler is said only where its section has nothing else. value and peer_value are figures of (label_role, label_metric), or written as shown_as says.
#}
{% macro brief_line(user_id, role, section, phrase, place) %}
    {%- set columns = {
        "metric": "string",
        "label_role": "string",
        "label_metric": "string",
        "period_type": "string",
        "period_start": "date",
        "value": "double",
        "low": "double",
        "high": "double",
        "peer_value": "double",
        "part": "double",
        "whole": "double",
        "times": "double",
        "difference": "double",
        "number_of": "bigint",
        "shown_as": "string",
        "since_on": "date",
        "person_id": "string",
        "words": "string",
        "notes_url": "string",
        "is_filler": "boolean",
    } -%}
    {{ user_id }} as user_id,
    {{ role }} as role,
    {{ section }} as section,
    {{ phrase }} as phrase,
    cast({{ place }} as bigint) as place
    {%- for name, type in columns.items() %}
        , cast({{ kwargs.get(name, "null") }} as {{ type }}) as {{ name }}
    {% endfor %}
{% endmacro %}

{#
A sentence with its `{names}` filled in. Where something is NULL that the sentence does not ask for, nothing is lost; where it does
ask, the name in braces stays and a data test of the brief finds it. That test must not take for a gap what a CRM delivered in braces.
#}
{% macro fill_phrase(sentence, values) %}
    {%- for _ in values %} replace({% endfor -%}{{ sentence }}
    {%- for name, value in values.items() %}
            , '{' || '{{ name }}' || '}', coalesce({{ without_braces(value) }}, '{' || '{{ name }}' || '}'))
    {% endfor -%}
{% endmacro %}
