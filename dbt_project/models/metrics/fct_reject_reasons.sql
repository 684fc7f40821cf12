with
    rejections as (
        select
            period_months.period_type,
            period_months.period_start,
            decisions.sdr_id,
            decisions.ae_id,
            decisions.reject_reason as reason,
            count(*) as rejections
        from {{ ref("int_handoff_decisions") }} as decisions
        inner join
            {{ ref("int_period_months") }} as period_months
            on decisions.sent_month = period_months.month_start
        where decisions.decision = 'rejected'
        group by
            period_months.period_type,
            period_months.period_start,
            decisions.sdr_id,
            decisions.ae_id,
            decisions.reject_reason
    ),
    totals as (
        select
            rejections.*,
            {% for name, keys in {
                "pair": "sdr_id, ae_id",
                "sdr": "sdr_id",
                "ae": "ae_id",
                "sdr_reason": "sdr_id, reason",
                "ae_reason": "ae_id, reason",
                "all_reason": "reason",
            }.items() -%}
                cast(
                    sum(rejections) over (partition by period_type, period_start, {{ keys }}) as bigint
                ) as {{ name }}_rejections,
            {% endfor -%}
            cast(sum(rejections) over (partition by period_type, period_start) as bigint) as all_rejections
        from rejections
    ),
    shares as (
        select
            totals.*,
            {{ safe_ratio("rejections", "pair_rejections") }} as share,
            {{ safe_ratio("sdr_reason_rejections", "sdr_rejections") }} as sdr_share,
            {{ safe_ratio("ae_reason_rejections", "ae_rejections") }} as ae_share,
            {{ safe_ratio("all_reason_rejections", "all_rejections") }} as all_share
        from totals
    )
select
    shares.*,
    {{ safe_ratio("sdr_share", "all_share") }} as sdr_lift,
    {{ safe_ratio("ae_share", "all_share") }} as ae_lift
from shares
