with
    moved as (
        select role, metric, period_type, period_start, user_id, thing, thing_id, currency
        from {{ ref("fct_moved_counts") }}
    ),
    account_currencies as (select distinct account_id, currency from {{ ref("int_account_invoices") }}),
    changed as (select * from {{ ref("int_changed_things") }}),
    evidence as (
        {% for basis, matches in {
            "thing": "moved.thing = changed.thing and moved.thing_id = changed.thing_id",
            "person": "changed.thing = 'users' and moved.user_id = changed.thing_id and moved.thing in ('activities', 'accounts')",
            "rate": "changed.thing = 'currencies' and coalesce(moved.currency, account_currencies.currency) = changed.thing_id",
        }.items() -%}
            select
                moved.role,
                moved.metric,
                moved.period_type,
                moved.period_start,
                moved.thing,
                moved.thing_id,
                '{{ basis }}' as basis,
                changed.entity,
                changed.record_id,
                changed.change,
                changed.is_merge
            from moved
            {%- if basis == "rate" %}
                left join
                    account_currencies
                    on moved.thing = 'accounts'
                    and moved.thing_id = account_currencies.account_id
            {%- endif %}
            inner join changed on {{ matches }}
            {%- if not loop.last %}
                union
            {% endif %}
        {% endfor %}
    )
select role, metric, period_type, period_start, thing, thing_id, basis, entity, record_id, change, is_merge
from evidence
