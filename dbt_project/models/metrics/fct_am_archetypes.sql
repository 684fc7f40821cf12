with
    facts as (select * from {{ ref("fct_am_periods") }}),
    members as (
        select period_type, period_start, user_id as am_id
        from {{ ref("int_role_members") }}
        where role = 'AM'
    ),
    ranked as (
        select period_type, period_start, user_id as am_id
        from {{ ref("fct_metric_ranks") }}
        where role = 'AM' and metric = 'upsell_rate' and is_ranked
    ),
    medians as (
        select
            period_type,
            period_start,
            median(facts.grr) as grr,
            median(facts.top_client_retention) as top_client_retention,
            median(facts.tail_logo_retention) as tail_logo_retention
        from facts
        inner join ranked using (period_type, period_start, am_id)
        group by period_type, period_start
    ),
    named as (
        -- The first that fits; a comparison with an unknown value does not.
        select
            period_type,
            period_start,
            am_id,
            case
                when facts.kept_accounts is null
                then cast(null as string)
                when facts.kept_accounts < 8
                then 'insufficient'
                when
                    facts.tilt_effect > 0
                    and facts.top_client_retention >= medians.top_client_retention
                    and facts.tail_logo_retention < medians.tail_logo_retention
                then 'top_client_maximiser'
                when facts.upsell_effect > 0 and facts.grr >= medians.grr
                then 'grower'
                when facts.grr >= medians.grr
                then 'guardian'
                when facts.upsell_effect > 0
                then 'leaky_expander'
                else 'decliner'
            end as archetype
        from facts
        inner join members using (period_type, period_start, am_id)
        left join medians using (period_type, period_start)
    )
select
    period_type,
    period_start,
    am_id,
    archetype,
    case
        archetype
        when 'top_client_maximiser'
        then 'keep_smaller_clients'
        when 'grower'
        then 'teaches'
        when 'guardian'
        then 'upsell'
        when 'leaky_expander'
        then 'retention'
        when 'decliner'
        then 'both'
    end as coaching_focus
from named
