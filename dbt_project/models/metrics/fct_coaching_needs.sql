-- Fewer rejects show no habit; half of them for one reason, and half as often again as everybody's, does.
{% set least_rejections, least_share, least_lift = 5, 0.5, 1.5 %}
with
    quarters as ({{ latest_quarter() }}),
    weak as (
        select role, metric, user_id from {{ ref("fct_quarter_standings") }} where tier = 'clearly_below'
    ),
    reasons as (
        select distinct
            reasons.sdr_id as user_id,
            reasons.reason,
            reasons.sdr_reason_rejections,
            reasons.sdr_rejections,
            reasons.sdr_share as share,
            reasons.sdr_lift as lift
        from {{ ref("fct_reject_reasons") }} as reasons
        inner join quarters on reasons.period_start = quarters.quarter_start
        where
            reasons.period_type = 'quarter'
            and reasons.reason <> '(none)'
            and reasons.sdr_reason_rejections >= {{ least_rejections }}
            and reasons.sdr_share >= {{ least_share }}
            and reasons.sdr_lift >= {{ least_lift }}
    ),
    concentrated as (
        select
            user_id,
            reason,
            sdr_reason_rejections,
            sdr_rejections,
            share,
            lift,
            row_number() over (partition by user_id order by lift desc, reason) as place
        from reasons
    ),
    needs as (
        select role, metric, user_id
        from weak
        union
        select 'SDR', 'acceptance_rate', user_id
        from concentrated
    )
select
    needs.role,
    needs.metric,
    needs.user_id,
    case
        when weak.user_id is null
        then 'reject_reason'
        when concentrated.user_id is null
        then 'metric'
        else 'both'
    end as basis,
    concentrated.reason as reject_reason,
    concentrated.sdr_reason_rejections as reject_count,
    concentrated.sdr_rejections as reject_total,
    concentrated.share as reject_share,
    concentrated.lift as reject_lift
from needs
left join weak using (role, metric, user_id)
left join
    concentrated
    on needs.role = 'SDR'
    and needs.metric = 'acceptance_rate'
    and needs.user_id = concentrated.user_id
    and concentrated.place = 1
