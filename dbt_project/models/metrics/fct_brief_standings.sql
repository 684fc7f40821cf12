with
    quarters as ({{ latest_quarter() }}),
    people as (select user_id, role from {{ ref("int_current_roles") }} where role in ('SDR', 'AE', 'AM')),
    standings as (
        select
            standings.*,
            row_number() over (
                partition by standings.role, standings.user_id, standings.tier
                order by
                    metrics.weight desc,
                    abs(standings.shrunk - standings.role_mean) / nullif(standings.sd, 0) desc nulls last,
                    standings.metric
            ) as place
        from {{ ref("fct_quarter_standings") }} as standings
        inner join people using (role, user_id)
        inner join {{ ref("metrics") }} as metrics using (role, metric)
        where standings.shrunk is not null
    ),
    told as (
        select
            role,
            user_id,
            count(case when tier = 'clearly_below' then 1 end) as below,
            count(case when tier = 'clearly_above' then 1 end) as above
        from standings
        group by role, user_id
    )
select
    {{
        brief_line(
            "user_id",
            "role",
            "case when tier = 'clearly_below' then 'weakness' else 'strength' end",
            "case when tier = 'clearly_below' then 'standing_below' else 'standing_above' end",
            "10 * place",
            metric="metric",
            label_role="role",
            label_metric="metric",
            period_type="'quarter'",
            period_start="quarter_start",
            value="value",
            low="low",
            high="high",
            peer_value="role_mean",
            part="numerator",
            whole="denominator",
            number_of="case when tier = 'clearly_below' then quarters_below else quarters_above end",
        )
    }}
from standings
where tier <> 'not_separable'
union all
select
    {{
        brief_line(
            "people.user_id",
            "people.role",
            "'weakness'",
            "case when told.user_id is null then 'no_quarter' else 'none_below' end",
            "1",
            is_filler="true",
            period_type="'quarter'",
            period_start="quarters.quarter_start",
        )
    }}
from people
cross join quarters
left join told using (role, user_id)
where coalesce(told.below, 0) = 0
union all
select
    {{
        brief_line(
            "user_id",
            "role",
            "'strength'",
            "'none_above'",
            "1",
            is_filler="true",
            period_type="'quarter'",
            period_start="quarters.quarter_start",
        )
    }}
from told
cross join quarters
where told.above = 0
