{% set amounts = {
    "upsell_rate": [
        "kept_accounts",
        "kept_opening",
        "kept_closing - kept_opening",
        "r0_squares",
        "change_products",
        "change_squares",
    ],
    "grr": [
        "kept_accounts",
        "kept_opening",
        "kept_capped - kept_opening",
        "r0_squares",
        "loss_products",
        "loss_squares",
    ],
    "top_client_retention": [
        "top_accounts",
        "top_opening",
        "top_capped - top_opening",
        "top_r0_squares",
        "top_loss_products",
        "top_loss_squares",
    ],
} %}
with
    kept as (
        select
            period_type,
            period_start,
            am_id,
            r0,
            r1c,
            r1c > 0 as is_retained,
            is_top,
            purchases_0,
            purchases_1,
            least(r0, r1c) as capped,
            r1c - r0 as change,
            least(r0, r1c) - r0 as loss
        from {{ ref("fct_portfolio_lines") }}
        where is_kept
    ),
    summed as (
        select
            period_type,
            period_start,
            am_id,
            cast(count(*) as bigint) as kept_accounts,
            cast(count(case when is_retained then 1 end) as bigint) as retained_accounts,
            cast(count(case when is_top then 1 end) as bigint) as top_accounts,
            cast(count(case when not is_top then 1 end) as bigint) as tail_accounts,
            cast(count(case when not is_top and is_retained then 1 end) as bigint) as tail_retained_accounts,
            cast(sum(r0) as decimal(18, 2)) as kept_opening,
            cast(sum(r1c) as decimal(18, 2)) as kept_closing,
            cast(sum(capped) as decimal(18, 2)) as kept_capped,
            cast(sum(case when is_retained then r0 else 0 end) as decimal(18, 2)) as retained_opening,
            cast(sum(case when is_top then r0 else 0 end) as decimal(18, 2)) as top_opening,
            cast(sum(case when is_top then capped else 0 end) as decimal(18, 2)) as top_capped,
            cast(sum(case when is_retained then purchases_0 else 0 end) as decimal(19, 0)) as bought_0,
            cast(sum(case when is_retained then purchases_1 else 0 end) as decimal(19, 0)) as bought_1,
            cast(sum(r0 * r0) as decimal(38, 4)) as r0_squares,
            cast(sum(r0 * change) as decimal(38, 4)) as change_products,
            cast(sum(change * change) as decimal(38, 4)) as change_squares,
            cast(sum(r0 * loss) as decimal(38, 4)) as loss_products,
            cast(sum(loss * loss) as decimal(38, 4)) as loss_squares,
            cast(sum(case when is_top then r0 * r0 else 0 end) as decimal(38, 4)) as top_r0_squares,
            cast(sum(case when is_top then r0 * loss else 0 end) as decimal(38, 4)) as top_loss_products,
            cast(sum(case when is_top then loss * loss else 0 end) as decimal(38, 4)) as top_loss_squares
        from kept
        group by period_type, period_start, am_id
    ),
    books as (
        select
            summed.*,
            cast(kept_accounts as decimal(19, 0)) as n0,
            cast(retained_accounts as decimal(19, 0)) as n1
        from summed
    ),
    own_noises as (
        select
            period_type,
            period_start,
            {% for amount, sums in amounts.items() -%}
                {{ sums[0] }} as {{ amount }}_accounts,
                {{ account_noise(*sums) }} as {{ amount }}_noise
                {%- if not loop.last %}, {% endif %}
            {% endfor %}
        from books
        where am_id <> {{ unassigned() }}
    ),
    noises as (
        -- Of all AMs together. Accounts that nobody owns say nothing of how those fare that somebody does.
        select
            period_type,
            period_start,
            {% for amount in amounts -%}
                {{ exact_sum(amount ~ "_noise") }} / sum(
                    case when {{ amount }}_accounts >= 2 then {{ amount }}_accounts - 1 end
                ) as {{ amount }}_noise
                {%- if not loop.last %}, {% endif %}
            {% endfor %}
        from own_noises
        group by period_type, period_start
    )
select
    period_type,
    period_start,
    am_id,
    kept_accounts,
    retained_accounts,
    kept_opening,
    kept_closing,
    kept_capped,
    {{ safe_ratio("kept_closing - kept_opening", "kept_opening") }} as upsell_rate,
    {{ safe_ratio("retained_accounts - kept_accounts", "kept_accounts") }} as retention_effect,
    {{ safe_ratio("retained_opening * n0 - kept_opening * n1", "kept_opening * n0") }} as tilt_effect,
    {{ safe_ratio("kept_closing - retained_opening", "kept_opening") }} as upsell_effect,
    {% for effect, numerator in [
        (
            "frequency_effect",
            "(bought_1 - bought_0) * (retained_opening * bought_1 + kept_closing * bought_0)",
        ),
        (
            "ticket_effect",
            "(bought_1 + bought_0) * (kept_closing * bought_0 - retained_opening * bought_1)",
        ),
    ] -%}
        case
            when retained_accounts = 0
            then cast(0 as double)
            else {{ safe_ratio(numerator, "bought_0 * bought_1 * kept_opening") }} / 2
        end as {{ effect }},
    {% endfor %}
    {{ safe_ratio("kept_closing", "kept_opening") }} as nrr,
    {{ safe_ratio("kept_capped", "kept_opening") }} as grr,
    {{ safe_ratio("retained_accounts", "kept_accounts") }} as logo_retention,
    top_accounts,
    top_opening,
    top_capped,
    {{ safe_ratio("top_capped", "top_opening") }} as top_client_retention,
    tail_accounts,
    tail_retained_accounts,
    {{ safe_ratio("tail_retained_accounts", "tail_accounts") }} as tail_logo_retention,
    {%- for amount, (accounts, opening, _, squares, _, _) in amounts.items() %}
        {{ ratio_variance(amount ~ "_noise", accounts, opening, squares) }} as {{ amount }}_s2
        {%- if not loop.last %}, {% endif %}
    {%- endfor %}
from books
left join noises using (period_type, period_start)
