with
    context as (
        select has_coaching_sessions, has_opportunities, has_handoffs, has_invoices
        from {{ ref("stg_context") }}
    ),
    months as (select user_id, role, month_start, month_end from {{ ref("int_pay_months") }}),
    spans as (select user_id, role, max(month_end) as last_month_end from months group by user_id, role),
    sessions as (
        select months.user_id, months.role, sessions.session_id, sessions.coachee_id, sessions.minutes
        from {{ ref("stg_coaching_sessions") }} as sessions
        inner join
            months
            on sessions.coach_id = months.user_id
            and {{ month_of("sessions.held_on") }} = months.month_start
    ),
    times as (
        select
            user_id,
            role,
            cast(sum(coalesce(minutes, 0)) as bigint) as minutes,
            count(distinct coachee_id) as coachees
        from sessions
        group by user_id, role
    ),
    coached as (
        select distinct sessions.user_id, sessions.role, sessions.coachee_id, coachees.coachee_role
        from sessions
        inner join {{ ref("int_coaching_sessions") }} as coachees on sessions.session_id = coachees.session_id
    ),
    asked as (
        -- Without these entities nobody knows what the people coached sell.
        select
            coached.user_id,
            coached.role,
            bool_or(coached.coachee_role in ('SDR', 'AE') and not context.has_opportunities)
            or bool_or(coached.coachee_role = 'SDR' and not context.has_handoffs)
            or bool_or(coached.coachee_role = 'AM' and not context.has_invoices) as is_unknown
        from coached
        cross join context
        group by coached.user_id, coached.role
    ),
    credits as (
        select
            opportunity_id,
            {{ month_of("closed_on") }} as month_start,
            amount_base,
            'AE' as credited_role,
            closing_ae_id as credited_id
        from {{ ref("int_deals") }}
        where is_won
        union all
        select opportunity_id, {{ month_of("closed_on") }}, amount_base, 'SDR', sdr_id
        from {{ ref("int_deals") }}
        where is_won
    ),
    deals as (
        -- A deal whose SDR and AE were both coached is one deal.
        select distinct coached.user_id, coached.role, credits.opportunity_id, credits.amount_base
        from coached
        inner join months on coached.user_id = months.user_id and coached.role = months.role
        inner join
            credits
            on months.month_start = credits.month_start
            and coached.coachee_role = credits.credited_role
            and coached.coachee_id = credits.credited_id
    ),
    won as (select user_id, role, sum(amount_base) as amount from deals group by user_id, role),
    books as (
        select coached.user_id, coached.role, sum(books.value) as amount
        from coached
        inner join spans on coached.user_id = spans.user_id and coached.role = spans.role
        inner join
            {{ ref("int_account_books") }} as books
            on coached.coachee_role = 'AM'
            and coached.coachee_id = books.am_id
            and spans.last_month_end = books.valuation_on
        group by coached.user_id, coached.role
    )
select
    spans.user_id,
    spans.role,
    {{ if_delivered(["coaching_sessions"], "coalesce(times.minutes, 0)") }} as minutes,
    {{ if_delivered(["coaching_sessions"], "coalesce(times.coachees, 0)") }} as coachees,
    case
        when context.has_coaching_sessions and not coalesce(asked.is_unknown, false)
        then cast(coalesce(won.amount, 0) + coalesce(books.amount, 0) as decimal(18, 2))
    end as coachee_volume
from spans
cross join context
left join times on spans.user_id = times.user_id and spans.role = times.role
left join asked on spans.user_id = asked.user_id and spans.role = asked.role
left join won on spans.user_id = won.user_id and spans.role = won.role
left join books on spans.user_id = books.user_id and spans.role = books.role
