{% set criteria = ["budget", "authority", "need", "timing"] %}
with
    context as (select has_leads from {{ ref("stg_context") }}),
    decided as (
        -- Of a lead that nobody knows, nothing is confirmed.
        select
            {{ month_of("handoffs.sent_on") }} as sent_month,
            handoffs.ae_id,
            handoffs.decision = 'accepted' as is_accepted,
            {% for criterion in criteria -%}
                coalesce(leads.{{ criterion }}_confirmed, false) as is_{{ criterion }}_met
                {%- if not loop.last %}, {% endif %}
            {%- endfor %}
        from {{ ref("stg_handoffs") }} as handoffs
        cross join context
        left join {{ ref("stg_leads") }} as leads on handoffs.lead_id = leads.lead_id
        where handoffs.decision is not null and context.has_leads
    ),
    by_criterion as (
        {% for criterion in criteria -%}
            select
                sent_month,
                ae_id,
                '{{ criterion }}' as criterion,
                is_accepted,
                is_{{ criterion }}_met as is_met
            from decided
            {% if not loop.last %}
                union all
            {% endif %}
        {%- endfor %}
    ),
    counts as (
        select
            period_months.period_type,
            period_months.period_start,
            by_criterion.ae_id,
            by_criterion.criterion,
            count(case when is_met then 1 end) as decided_met,
            count(case when is_met and is_accepted then 1 end) as accepted_met,
            count(case when not is_met then 1 end) as decided_unmet,
            count(case when not is_met and is_accepted then 1 end) as accepted_unmet
        from by_criterion
        inner join
            {{ ref("int_period_months") }} as period_months
            on by_criterion.sent_month = period_months.month_start
        group by
            period_months.period_type, period_months.period_start, by_criterion.ae_id, by_criterion.criterion
    ),
    shares as (
        select
            counts.*,
            {{ safe_ratio("accepted_met", "decided_met") }} as acceptance_met,
            {{ safe_ratio("accepted_unmet", "decided_unmet") }} as acceptance_unmet
        from counts
    )
select shares.*, acceptance_met - acceptance_unmet as difference
from shares
