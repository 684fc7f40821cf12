with
    feeds as (select * from {{ ref("int_ae_feeds") }}),
    components as (select * from {{ ref("int_ae_components") }}),
    feeders as (
        select period_type, period_start, feeder_id, cast(sum(deals) as bigint) as deals
        from feeds
        group by period_type, period_start, feeder_id
    ),
    sizes as (
        select
            period_type,
            period_start,
            component,
            row_number() over (
                partition by period_type, period_start order by sum(deals) desc, component
            ) as place
        from feeds
        inner join components using (period_type, period_start, ae_id)
        group by period_type, period_start, component
    ),
    shares as (
        -- Deals of a feeder that can be compared: as many as the AE had, or as all others had if those are
        -- fewer.
        select
            period_type,
            period_start,
            feeds.ae_id,
            cast(sum(least(feeds.deals, feeders.deals - feeds.deals)) as bigint) as shared_deals
        from feeds
        inner join feeders using (period_type, period_start, feeder_id)
        group by period_type, period_start, feeds.ae_id
    )
select
    period_type,
    period_start,
    ae_id,
    cast(shares.shared_deals as double) as shared_deals,
    shares.shared_deals >= 5 and sizes.place = 1 as mix_identified
from shares
inner join components using (period_type, period_start, ae_id)
inner join sizes using (period_type, period_start, component)
