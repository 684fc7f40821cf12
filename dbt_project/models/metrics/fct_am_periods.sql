{% set bridge_lines = [
    "opening",
    "expansion",
    "contraction",
    "churn",
    "new",
    "reactivated",
    "transfer_in",
    "transfer_out",
    "fx",
    "closing",
] %}
{% set kept_ratios = [
    "upsell_rate",
    "retention_effect",
    "tilt_effect",
    "upsell_effect",
    "frequency_effect",
    "ticket_effect",
    "nrr",
    "grr",
    "logo_retention",
    "top_client_retention",
    "tail_logo_retention",
    "upsell_rate_s2",
    "grr_s2",
    "top_client_retention_s2",
] %}
with
    context as (select has_invoices, has_coaching_sessions from {{ ref("stg_context") }}),
    members as (
        select period_type, period_start, user_id as am_id
        from {{ ref("int_role_members") }}
        where role = 'AM'
    ),
    portfolios as (
        select
            period_type,
            period_start,
            am_id,
            count(case when in_opening then 1 end) as accounts_opening,
            count(case when in_closing then 1 end) as accounts_closing,
            sum(case when in_opening then r0 end) as opening,
            {% for line in ["expansion", "new", "reactivated", "transfer_in"] -%}
                sum(case when line = '{{ line }}' then line_amount end) as {{ line }},
            {% endfor %}
            {% for line in ["contraction", "churn", "transfer_out"] -%}
                sum(case when line = '{{ line }}' then - line_amount end) as {{ line }},
            {% endfor %}
            sum(fx) as fx,
            sum(case when in_closing then r1 end) as closing,
            sum(unconverted_invoices) as unconverted_invoices
        from {{ ref("fct_portfolio_lines") }}
        group by period_type, period_start, am_id
    ),
    people as (
        select period_type, period_start, am_id
        from members
        union
        select period_type, period_start, am_id
        from portfolios
    ),
    measured as (
        select
            people.period_type,
            people.period_start,
            people.am_id,
            {% for column in [
                "portfolios.accounts_opening",
                "portfolios.accounts_closing",
                "portfolios.unconverted_invoices",
                "kept_books.kept_accounts",
                "kept_books.retained_accounts",
                "kept_books.top_accounts",
                "kept_books.tail_accounts",
                "kept_books.tail_retained_accounts",
                "lifetimes.lifetime_accounts",
            ] -%}
                {{ if_delivered(["invoices"], "cast(coalesce(" ~ column ~ ", 0) as bigint)") }}
                as {{ column.split(".")[1] }},
            {% endfor %}
            {% for column in bridge_lines -%}
                {{
                    if_delivered(
                        ["invoices"], "cast(coalesce(portfolios." ~ column ~ ", 0) as decimal(18, 2))"
                    )
                }} as {{ column }},
            {% endfor %}
            {% for column in [
                "kept_books.kept_opening",
                "kept_books.kept_closing",
                "kept_books.kept_capped",
                "kept_books.top_opening",
                "kept_books.top_capped",
                "lifetimes.lifetime_first_value",
                "lifetimes.lifetime_last_value",
            ] -%}
                {{ if_delivered(["invoices"], "cast(coalesce(" ~ column ~ ", 0) as decimal(18, 2))") }}
                as {{ column.split(".")[1] }},
            {% endfor %}
            {% for column in kept_ratios -%} kept_books.{{ column }}, {% endfor %}
            lifetimes.lifetime_growth,
            {% for column in ["held.ae_sessions", "held.am_sessions", "received.sessions_received"] -%}
                {{ if_delivered(["coaching_sessions"], "coalesce(" ~ column ~ ", 0)") }}
                as {{ column.split(".")[1] }}
                {%- if not loop.last %},{% endif %}
            {% endfor %}
        from people
        left join portfolios using (period_type, period_start, am_id)
        left join {{ ref("fct_am_kept_books") }} as kept_books using (period_type, period_start, am_id)
        left join {{ ref("fct_am_lifetimes") }} as lifetimes using (period_type, period_start, am_id)
        left join
            {{ ref("int_sessions_held") }} as held
            on people.period_type = held.period_type
            and people.period_start = held.period_start
            and people.am_id = held.user_id
        left join
            {{ ref("int_sessions_received") }} as received
            on people.period_type = received.period_type
            and people.period_start = received.period_start
            and people.am_id = received.user_id
        cross join context
    )
select measured.*, {{ safe_ratio("closing - opening", "opening") }} as portfolio_growth
from measured
