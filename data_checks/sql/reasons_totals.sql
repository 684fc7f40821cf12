-- Totals that stand on every row, added up again from the rejections.
select
    period_type,
    period_start,
    sdr_id,
    ae_id,
    reason,
    pair_rejections is distinct from sum(rejections) over of_period_and_pair
    or sdr_rejections is distinct from sum(rejections) over of_period_and_sdr
    or ae_rejections is distinct from sum(rejections) over of_period_and_ae
    or all_rejections is distinct from sum(rejections) over of_period
    or sdr_reason_rejections is distinct from sum(rejections) over of_period_and_sdr_reason
    or ae_reason_rejections is distinct from sum(rejections) over of_period_and_ae_reason
    or all_reason_rejections is distinct from sum(rejections) over of_period_and_reason as is_offending
from main.reject_reasons
window
    of_period as (partition by period_type, period_start),
    of_period_and_pair as (partition by period_type, period_start, sdr_id, ae_id),
    of_period_and_sdr as (partition by period_type, period_start, sdr_id),
    of_period_and_ae as (partition by period_type, period_start, ae_id),
    of_period_and_reason as (partition by period_type, period_start, reason),
    of_period_and_sdr_reason as (partition by period_type, period_start, sdr_id, reason),
    of_period_and_ae_reason as (partition by period_type, period_start, ae_id, reason)
