with
    judged as (select * from {{ ref("fct_metric_ranks") }}),
    primaries as (select role, metric from {{ ref("metrics") }} where is_primary),
    stand_ins as (
        -- Who cannot be told from the SDRs that fed them is compared by the plain rate.
        select role, metric, stand_in
        from (values ('AE', 'close_rate_adjusted', 'close_rate')) as stand_ins(role, metric, stand_in)
    ),
    compared as (
        select
            judged.role,
            judged.period_type,
            judged.period_start,
            judged.user_id,
            judged.metric as primary_metric,
            judged.not_ranked_reason as primary_reason,
            case
                when judged.not_ranked_reason = 'mix_not_identified'
                then stand_ins.stand_in
                else judged.metric
            end as metric
        from judged
        inner join primaries using (role, metric)
        left join stand_ins using (role, metric)
    )
select
    compared.role,
    compared.period_type,
    compared.period_start,
    compared.user_id,
    compared.metric,
    case
        when judged.user_id is null then compared.primary_reason else judged.not_ranked_reason
    end as not_ranked_reason
from compared
left join judged using (role, period_type, period_start, user_id, metric)
