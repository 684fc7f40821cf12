{# What an account's line in a book adds to each figure of the AM. #}
{% set of_lines = {
    "accounts_opening": "case when in_opening then 1 end",
    "accounts_closing": "case when in_closing then 1 end",
    "opening": "case when in_opening then r0 end",
    "expansion": "case when line = 'expansion' then line_amount end",
    "contraction": "case when line = 'contraction' then -line_amount end",
    "churn": "case when line = 'churn' then -line_amount end",
    "new": "case when line = 'new' then line_amount end",
    "reactivated": "case when line = 'reactivated' then line_amount end",
    "transfer_in": "case when line = 'transfer_in' then line_amount end",
    "transfer_out": "case when line = 'transfer_out' then -line_amount end",
    "fx": "fx",
    "closing": "case when in_closing then r1 end",
    "kept_accounts": "case when is_kept then 1 end",
    "retained_accounts": "case when is_kept and r1c > 0 then 1 end",
    "kept_opening": "case when is_kept then r0 end",
    "kept_closing": "case when is_kept then r1c end",
    "kept_capped": "case when is_kept then least(r0, r1c) end",
    "top_accounts": "case when is_top then 1 end",
    "top_opening": "case when is_top then r0 end",
    "top_capped": "case when is_top then least(r0, r1c) end",
    "tail_accounts": "case when is_kept and not is_top then 1 end",
    "tail_retained_accounts": "case when is_kept and not is_top and r1c > 0 then 1 end",
} %}
with
    figures as (select role, metric, period_type, period_start, user_id from {{ ref("fct_moved_figures") }}),
    windows as (
        select
            'before' as side,
            period_type,
            period_start,
            measured_to,
            close_horizon_days,
            cohort_start,
            cohort_end
        from {{ source("night", "windows_before") }}
        union all
        select
            'now',
            period_type,
            period_start,
            periods.measured_to,
            close_horizon_days,
            cohort_start,
            cohort_end
        from {{ ref("int_close_horizons") }}
        inner join {{ ref("int_periods") }} as periods using (period_type, period_start)
    ),
    records as (
        {% for side, relation in {
            "before": source("night", "records_before"),
            "now": ref("int_counted_records"),
        }.items() -%}
            select
                '{{ side }}' as side,
                role,
                metric,
                cut,
                user_id,
                thing,
                thing_id,
                counts_on,
                adds,
                settled_at,
                micros_to_win,
                amount,
                currency
            from {{ relation }}
            {%- if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    ),
    lines as (
        {% for side, relation in {
            "before": source("night", "lines_before"),
            "now": ref("fct_portfolio_lines"),
        }.items() -%}
            select
                '{{ side }}' as side,
                period_type,
                period_start,
                am_id as user_id,
                account_id as thing_id,
                in_opening,
                in_closing,
                r0,
                r1,
                r1c,
                line,
                line_amount,
                fx,
                is_kept,
                is_top
            from {{ relation }}
            {%- if not loop.last %}
                union all
            {% endif %}
        {% endfor %}
    ),
    counted as (
        select
            figures.role,
            figures.metric,
            figures.period_type,
            figures.period_start,
            figures.user_id,
            records.thing,
            records.thing_id,
            records.side,
            records.adds,
            records.settled_at,
            records.amount,
            records.currency,
            records.cut
        from figures
        inner join windows using (period_type, period_start)
        inner join
            records
            on windows.side = records.side
            and figures.role = records.role
            and figures.metric = records.metric
            and figures.user_id = records.user_id
        where
            case
                records.cut
                when 'period'
                then records.counts_on >= windows.period_start and records.counts_on < windows.measured_to
                when 'cohort'
                then
                    records.counts_on >= windows.cohort_start
                    and records.counts_on < windows.cohort_end
                    and coalesce(records.micros_to_win <= windows.close_horizon_days * 86400000000, true)
                when 'quality'
                then
                    records.counts_on >= {{ add_days("windows.measured_to", -545) }}
                    and records.counts_on < {{ add_days("windows.measured_to", -180) }}
                when 'closing'
                then records.counts_on = windows.measured_to
            end
        union all
        select
            figures.role,
            figures.metric,
            figures.period_type,
            figures.period_start,
            figures.user_id,
            'accounts',
            lines.thing_id,
            lines.side,
            cast(
                case
                    figures.metric
                    {% for metric, adds in of_lines.items() -%}
                        when '{{ metric }}' then {{ adds }}
                    {% endfor %}
                end as decimal(18, 2)
            ),
            null,
            null,
            null,
            'line'
        from figures
        inner join lines using (period_type, period_start, user_id)
        where figures.role = 'AM'
    )
select
    role,
    metric,
    period_type,
    period_start,
    user_id,
    thing,
    thing_id,
    max(cut) as cut,
    coalesce(sum(case when side = 'before' then adds end), 0) as adds_before,
    coalesce(sum(case when side = 'now' then adds end), 0) as adds_after,
    max(case when side = 'now' then settled_at end) as settled_at,
    -- The same money in the same currency, worth something else.
    min(case when side = 'before' then amount end) = min(case when side = 'now' then amount end)
    and min(case when side = 'before' then currency end)
    = min(case when side = 'now' then currency end) as is_same_money,
    max(currency) as currency
from counted
group by role, metric, period_type, period_start, user_id, thing, thing_id
having adds_before <> adds_after
