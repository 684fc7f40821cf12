with
    context as (select release_id, built_at from {{ ref("stg_context") }}),
    reasons as (select * from {{ ref("fct_reject_reasons") }}),
    categories as (select reason, category from {{ ref("reject_reason_categories") }}),
    users as (select user_id, full_name from {{ ref("stg_users") }})
select
    reasons.period_type,
    reasons.period_start,
    periods.period_end,
    periods.is_complete,
    reasons.sdr_id,
    {{ display_name("reasons.sdr_id", "sdrs.full_name") }} as sdr_name,
    reasons.ae_id,
    {{ display_name("reasons.ae_id", "aes.full_name") }} as ae_name,
    reasons.reason,
    case
        when reasons.reason = '(none)' then 'none' else coalesce(categories.category, 'unmapped')
    end as category,
    reasons.reason <> '(none)' and categories.reason is not null as is_mapped,
    reasons.rejections,
    reasons.pair_rejections,
    reasons.sdr_rejections,
    reasons.ae_rejections,
    reasons.all_rejections,
    reasons.sdr_reason_rejections,
    reasons.ae_reason_rejections,
    reasons.all_reason_rejections,
    reasons.share,
    reasons.sdr_share,
    reasons.ae_share,
    reasons.all_share,
    reasons.sdr_lift,
    reasons.ae_lift,
    context.release_id,
    context.built_at as updated_at
from reasons
inner join
    {{ ref("int_periods") }} as periods
    on reasons.period_type = periods.period_type
    and reasons.period_start = periods.period_start
left join categories on reasons.reason = categories.reason
left join users as sdrs on reasons.sdr_id = sdrs.user_id
left join users as aes on reasons.ae_id = aes.user_id
cross join context
