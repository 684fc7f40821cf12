{# The only SQL that knows how an engine shifts zones and counts time. #}
{# Company date of a UTC timestamp. #}
{% macro company_date(at_utc, time_zone="company_time_zone") -%}
    cast(({{ at_utc }} at time zone 'UTC') at time zone {{ time_zone }} as date)
{%- endmacro %}

{# UTC timestamp of the midnight with which a company date begins. #}
{% macro company_midnight(on_date, time_zone="company_time_zone") -%}
    (cast({{ on_date }} as timestamp) at time zone {{ time_zone }}) at time zone 'UTC'
{%- endmacro %}

{# Whole days from one date to a later one, BIGINT. #}
{% macro days_between(from_date, to_date) -%} cast({{ to_date }} - {{ from_date }} as bigint) {%- endmacro %}

{# Microseconds from one timestamp to a later one, BIGINT. #}
{% macro micros_between(from_at, to_at) -%}
    cast(epoch_us({{ to_at }}) - epoch_us({{ from_at }}) as bigint)
{%- endmacro %}

{# A date moved by months; the day is cut to the length of the month. #}
{% macro add_months(on_date, months) -%}
    cast({{ on_date }} + {{ months }} * interval '1' month as date)
{%- endmacro %}

{# A date moved by days. #}
{% macro add_days(on_date, days) -%} cast({{ on_date }} + {{ days }} as date) {%- endmacro %}

{# One row per first day of a month, from the month of one date to that of another (expressions over `relation`). #}
{% macro month_spine(first_date, last_date, relation) -%}
    select
        cast(
            unnest(
                generate_series(
                    date_trunc('month', {{ first_date }}),
                    date_trunc('month', {{ last_date }}),
                    interval '1' month
                )
            ) as date
        ) as month_start
    from {{ relation }}
{%- endmacro %}

{# One row per day, from one date to another, both included (expressions over `relation`). #}
{% macro day_spine(first_date, last_date, relation) -%}
    select
        cast(unnest(generate_series({{ first_date }}, {{ last_date }}, interval '1' day)) as date) as on_date
    from {{ relation }}
{%- endmacro %}

{# First day of a date's month. #}
{% macro month_of(on_date) -%} cast(date_trunc('month', {{ on_date }}) as date) {%- endmacro %}
