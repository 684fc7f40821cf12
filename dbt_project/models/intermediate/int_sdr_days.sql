with
    context as (select as_of from {{ ref("stg_context") }}),
    spells as (select * from {{ ref("int_role_spells") }} where role = 'SDR'),
    bounds as (
        select min(spells.valid_from) as first_on, max(context.as_of) as last_on
        from spells
        cross join context
    ),
    days as ({{ day_spine("first_on", "last_on", "bounds") }})
select
    spells.user_id as sdr_id,
    days.on_date,
    {{ safe_ratio("1", days_between(month_of("days.on_date"), add_months(month_of("days.on_date"), 1))) }}
    as months
from days
inner join spells on days.on_date >= spells.valid_from and days.on_date < spells.valid_to
