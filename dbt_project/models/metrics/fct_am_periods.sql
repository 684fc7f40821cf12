with
    context as (select has_invoices from {{ ref("stg_context") }}),
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
            sum(unconverted_invoices) as unconverted_invoices,
            count(case when is_kept then 1 end) as kept_accounts,
            count(case when is_kept and r1c > 0 then 1 end) as retained_accounts,
            sum(case when is_kept then r0 end) as kept_opening,
            sum(case when is_kept then r1c end) as kept_closing,
            sum(case when is_kept then least(r0, r1c) end) as kept_capped
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
                "accounts_opening",
                "accounts_closing",
                "unconverted_invoices",
                "kept_accounts",
                "retained_accounts",
            ] -%}
                {{ if_delivered(["invoices"], "cast(coalesce(" ~ column ~ ", 0) as bigint)") }}
                as {{ column }},
            {% endfor %}
            {% for column in [
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
                "kept_opening",
                "kept_closing",
                "kept_capped",
            ] -%}
                {{ if_delivered(["invoices"], cents("coalesce(" ~ column ~ ", 0)")) }} as {{ column }}
                {%- if not loop.last %},{% endif %}
            {% endfor %}
        from people
        left join portfolios using (period_type, period_start, am_id)
        cross join context
    )
select
    measured.*,
    {{ safe_ratio("closing - opening", "opening") }} as portfolio_growth,
    {{ safe_ratio("kept_closing - kept_opening", "kept_opening") }} as upsell_rate,
    {{ safe_ratio("kept_closing", "kept_opening") }} as nrr,
    {{ safe_ratio("kept_capped", "kept_opening") }} as grr,
    {{ safe_ratio("retained_accounts", "kept_accounts") }} as logo_retention
from measured
