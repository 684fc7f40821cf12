{{ config(materialized="view") }}
{#
Per kind of record: where it stands, and for each metric that counts it what it adds and when it counts. `cut` says how a period takes
it in: by date (period), by the window of a cohort or of deal quality, or at the closing date.
#}
{% set counted = [
    {
        "role": "SDR",
        "relation": "touches",
        "thing": "activities",
        "id": "sdr_id || '|' || cast(month_start as string) || '|' || lead_id",
        "user": "sdr_id",
        "on": "month_start",
        "metrics": {"calls": "calls", "touches": "touches"},
    },
    {
        "role": "SDR",
        "relation": "qualified",
        "thing": "leads",
        "id": "lead_id",
        "user": "sdr_id",
        "on": "qualified_on",
        "metrics": {"qualified_leads": "1"},
    },
    {
        "role": "SDR",
        "relation": "leads_sent",
        "thing": "leads",
        "id": "lead_id",
        "user": "sdr_id",
        "on": "sent_on",
        "settled_at": "settled_at",
        "metrics": {
            "leads_sent": "1",
            "strictly_qualified_sent": "case when is_strictly_qualified then 1 end",
            "accepted": "case when outcome = 'accepted' then 1 end",
            "rejected": "case when outcome = 'rejected' then 1 end",
            "pending": "case when outcome = 'pending' then 1 end",
            "overdue": "case when outcome = 'overdue' then 1 end",
            "due_leads": "case when outcome <> 'pending' then 1 end",
        },
    },
    {
        "role": "SDR",
        "relation": "leads_sent",
        "thing": "leads",
        "id": "lead_id",
        "user": "sdr_id",
        "on": "sent_on",
        "settled_at": "won_at",
        "metrics": {"won": "case when is_won then 1 end"},
    },
    {
        "role": "SDR",
        "relation": "leads_sent",
        "thing": "leads",
        "id": "lead_id",
        "user": "sdr_id",
        "on": "sent_on",
        "cut": "cohort",
        "settled_at": "won_at",
        "micros": micros_between("sent_at", "won_at"),
        "metrics": {"chain_sent": "1", "chain_won": "case when won_at is not null then 1 end"},
    },
    {
        "role": "SDR",
        "relation": "handoffs",
        "thing": "handoffs",
        "id": "handoff_id",
        "user": "sdr_id",
        "on": "sent_on",
        "settled_at": "decided_at",
        "metrics": {"handoffs_decided": "case when decision is not null then 1 end"},
    },
    {
        "role": "AE",
        "relation": "handoffs",
        "thing": "handoffs",
        "id": "handoff_id",
        "user": "ae_id",
        "on": "sent_on",
        "settled_at": "decided_at",
        "metrics": {
            "offered": "1",
            "accepted": "case when decision = 'accepted' then 1 end",
            "rejected": "case when decision = 'rejected' then 1 end",
            "undecided": "case when decision is null then 1 end",
            "rejected_with_reason": "case when decision = 'rejected' and trim(reject_reason) <> '' then 1 end",
        },
    },
    {
        "role": "AE",
        "relation": "offers",
        "thing": "handoffs",
        "id": "handoff_id",
        "user": "ae_id",
        "on": "sent_on",
        "cut": "cohort",
        "settled_at": "won_at",
        "micros": micros_between("sent_at", "won_at"),
        "metrics": {"offers_cohort": "1", "offers_won": "case when won_at is not null then 1 end"},
    },
    {
        "role": "AE",
        "relation": "closed_deals",
        "thing": "opportunities",
        "id": "opportunity_id",
        "user": "closing_ae_id",
        "on": "coalesce(closed_on, created_on)",
        "settled_at": "closed_at",
        "amount": "amount",
        "currency": "currency",
        "metrics": {
            "deals_won": "case when is_won and closed_at is not null then 1 end",
            "deals_lost": "case when not is_won and closed_at is not null then 1 end",
            "deals_without_close_time": "case when closed_at is null then 1 end",
            "won_amount": "case when is_won then amount_base end",
            "unconverted_deals": "case when is_won and closed_at is not null and amount_base is null and amount is not null then 1 end",
        },
    },
    {
        "role": "AE",
        "relation": "deals",
        "thing": "opportunities",
        "id": "opportunity_id",
        "user": "accepting_ae_id",
        "on": "accepted_on",
        "cut": "cohort",
        "settled_at": "closed_at",
        "micros": micros_between("accepted_at", "closed_at"),
        "metrics": {
            "cohort_deals": "1",
            "cohort_won": "case when is_won and closed_at is not null then 1 end",
        },
    },
    {
        "role": "AE",
        "relation": "first_wins",
        "thing": "accounts",
        "id": "account_id",
        "user": "ae_id",
        "on": "closed_on",
        "cut": "quality",
        "metrics": {
            "quality_accounts": "1",
            "quality_accounts_active": "case when is_still_buying then 1 end",
        },
    },
    {
        "role": "AE",
        "relation": "sessions_held",
        "thing": "coaching_sessions",
        "id": "session_id",
        "user": "coach_id",
        "on": "held_on",
        "metrics": {
            "sdr_sessions": "case when coachee_role = 'SDR' then 1 end",
            "ae_sessions": "case when coachee_role = 'AE' then 1 end",
        },
    },
    {
        "role": "AM",
        "relation": "sessions_held",
        "thing": "coaching_sessions",
        "id": "session_id",
        "user": "coach_id",
        "on": "held_on",
        "metrics": {
            "ae_sessions": "case when coachee_role = 'AE' then 1 end",
            "am_sessions": "case when coachee_role = 'AM' then 1 end",
        },
    },
    {
        "role": "AM",
        "relation": "lifetimes",
        "thing": "accounts",
        "id": "account_id",
        "user": "am_id",
        "on": "valuation_on",
        "cut": "closing",
        "metrics": {
            "lifetime_accounts": "1",
            "lifetime_first_value": "first_value",
            "lifetime_last_value": "last_value",
        },
    },
] %}
{% for role in ["SDR", "AE", "AM"] -%}
    {% do counted.append(
        {
            "role": role,
            "relation": "sessions",
            "thing": "coaching_sessions",
            "id": "session_id",
            "user": "coachee_id",
            "on": "held_on",
            "metrics": {"sessions_received": "1"},
        }
    ) %}
{%- endfor %}
with
    touches as (select * from {{ ref("int_sdr_touches") }}),
    qualified as (
        select lead_id, coalesce(sdr_id, {{ unassigned() }}) as sdr_id, qualified_on
        from {{ ref("stg_leads") }}
        where qualified_on is not null
    ),
    leads_sent as (select * from {{ ref("int_leads_sent") }}),
    handoffs as (select * from {{ ref("stg_handoffs") }}),
    deals as (select * from {{ ref("int_deals") }}),
    closed_deals as (select * from deals where is_closed),
    wins as (
        select handoff_id, min(closed_at) as won_at
        from deals
        where is_won and handoff_id is not null
        group by handoff_id
    ),
    offers as (
        select handoffs.handoff_id, handoffs.ae_id, handoffs.sent_on, handoffs.sent_at, wins.won_at
        from handoffs
        left join wins on handoffs.handoff_id = wins.handoff_id
    ),
    first_wins as (select * from {{ ref("int_account_first_wins") }}),
    lifetimes as (select * from {{ ref("int_account_lifetimes") }}),
    sessions as (select * from {{ ref("stg_coaching_sessions") }}),
    sessions_held as (
        select sessions.session_id, sessions.coach_id, sessions.held_on, roles.role as coachee_role
        from sessions
        inner join
            {{ ref("int_role_spells") }} as roles
            on sessions.coachee_id = roles.user_id
            and sessions.held_on >= roles.valid_from
            and sessions.held_on < roles.valid_to
    ),
    counts as (
        {% for record in counted %}
            {% set outer_loop = loop %}
            {% for metric, adds in record.metrics.items() -%}
                {%- if not (outer_loop.first and loop.first) %}
                    union all
                {% endif -%}
                select
                    '{{ record.role }}' as role,
                    '{{ metric }}' as metric,
                    '{{ record.cut | default("period") }}' as cut,
                    {{ record.user }} as user_id,
                    '{{ record.thing }}' as thing,
                    {{ record.id }} as thing_id,
                    {{ record.on }} as counts_on,
                    cast({{ adds }} as decimal(18, 2)) as adds,
                    {{ record.settled_at | default("cast(null as timestamp)") }} as settled_at,
                    {{
                        (
                            record.micros | default("cast(null as bigint)")
                            if metric.endswith("_won")
                            else "cast(null as bigint)"
                        )
                    }} as micros_to_win,
                    {{ record.amount | default("cast(null as decimal(18, 2))") }} as amount,
                    {{ record.currency | default("cast(null as string)") }} as currency
                from {{ record.relation }}
            {% endfor %}
        {%- endfor %}
    )
select
    role, metric, cut, user_id, thing, thing_id, counts_on, adds, settled_at, micros_to_win, amount, currency
from counts
where adds is not null
