-- So many days into a month its pace says something.
{% set least_days = 10 %}
with
    context as (select as_of, has_targets from {{ ref("stg_context") }}),
    people as (select user_id, role from {{ ref("int_current_roles") }} where role in ('SDR', 'AE', 'AM')),
    months as (
        select
            periods.period_start as month_start,
            periods.is_complete,
            {{ days_between("periods.period_start", "periods.measured_to") }} as days_begun,
            row_number() over (partition by periods.is_complete order by periods.period_start desc) as age
        from {{ ref("int_periods") }} as periods
        where periods.period_type = 'month'
    ),
    headlines as (select role, metric from {{ ref("metrics") }} where is_headline_target),
    asked as (
        select people.user_id, people.role, months.month_start, months.is_complete, headlines.metric
        from people
        inner join headlines using (role)
        cross join months
        where months.age = 1 and (months.is_complete or months.days_begun >= {{ least_days }})
    ),
    told as (
        select
            asked.*, targets.target_prorated, targets.actual, targets.attainment, targets.run_rate_attainment
        from asked
        left join {{ ref("fct_target_attainment") }} as targets using (role, user_id, month_start, metric)
    )
select
    {{
        brief_line(
            "user_id",
            "role",
            "'target'",
            "case when target_prorated is null then 'target_none' when actual is null then 'target_unknown' when target_prorated = 0 then 'target_zero' when is_complete then 'target_done' else 'target_open' end",
            "case when is_complete then 1 else 2 end",
            metric="metric",
            label_role="role",
            label_metric="metric",
            period_type="'month'",
            period_start="month_start",
            value="case when is_complete then attainment else run_rate_attainment end",
            part="actual",
            whole="target_prorated",
            shown_as="'percent'",
        )
    }}
from told
cross join context
where context.has_targets and (is_complete or target_prorated is not null)
union all
select {{ brief_line("user_id", "role", "'target'", "'targets_missing'", "1") }}
from people
cross join context
where not context.has_targets
