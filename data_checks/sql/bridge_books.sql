-- An account is in one opening book and in one closing book at most.
select
    period_type,
    period_start,
    account_id,
    count(*) filter (where in_opening) as opening_books,
    count(*) filter (where in_closing) as closing_books,
    opening_books > 1 or closing_books > 1 as is_offending
from main.portfolio_bridge
group by period_type, period_start, account_id
