-- The bridge, added up per AM, is am_ranking to the cent.
with
    bridge as (
        select
            period_type,
            period_start,
            am_id,
            count(*) filter (where in_opening) as accounts_opening,
            count(*) filter (where in_closing) as accounts_closing,
            sum(r0) filter (where in_opening) as opening,
            sum(line_amount) filter (where line = 'expansion') as expansion,
            -sum(line_amount) filter (where line = 'contraction') as contraction,
            -sum(line_amount) filter (where line = 'churn') as churn,
            sum(line_amount) filter (where line = 'new') as new,
            sum(line_amount) filter (where line = 'reactivated') as reactivated,
            sum(line_amount) filter (where line = 'transfer_in') as transfer_in,
            -sum(line_amount) filter (where line = 'transfer_out') as transfer_out,
            sum(fx) as fx,
            sum(r1) filter (where in_closing) as closing,
            count(*) filter (where is_kept) as kept_accounts,
            count(*) filter (where is_kept and r1c > 0) as retained_accounts,
            sum(r0) filter (where is_kept) as kept_opening,
            sum(r1c) filter (where is_kept) as kept_closing,
            sum(least(r0, r1c)) filter (where is_kept) as kept_capped,
            count(*) filter (where is_top) as top_accounts,
            sum(r0) filter (where is_top) as top_opening,
            sum(least(r0, r1c)) filter (where is_top) as top_capped,
            count(*) filter (where is_kept and not is_top) as tail_accounts,
            count(*) filter (where is_kept and not is_top and r1c > 0) as tail_retained_accounts
        from main.portfolio_bridge
        group by period_type, period_start, am_id
    ),
    long as (
        unpivot bridge on columns(* exclude (period_type, period_start, am_id))::decimal(38, 2)
        into name figure value amount
    ),
    ranking as (
        select
            period_type,
            period_start,
            am_id,
            accounts_opening,
            accounts_closing,
            opening,
            expansion,
            contraction,
            churn,
            new,
            reactivated,
            transfer_in,
            transfer_out,
            fx,
            closing,
            kept_accounts,
            retained_accounts,
            kept_opening,
            kept_closing,
            kept_capped,
            top_accounts,
            top_opening,
            top_capped,
            tail_accounts,
            tail_retained_accounts
        from main.am_ranking
    ),
    published as (
        unpivot ranking on columns(* exclude (period_type, period_start, am_id))::decimal(38, 2)
        into name figure value amount
    )
select
    period_type,
    period_start,
    am_id,
    figure,
    coalesce(long.amount, 0) <> coalesce(published.amount, 0) as is_offending
from long
full join published using (period_type, period_start, am_id, figure)
