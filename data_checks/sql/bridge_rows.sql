-- Every row of the bridge closes to the cent, and stands in a book.
select
    period_type,
    period_start,
    am_id,
    account_id,
    not (in_opening or in_closing)
    or case when in_opening then r0 else 0 end + line_amount + fx <> case when in_closing then r1 else 0 end
    or fx <> case when in_opening and in_closing then r1 - r1c else 0 end as is_offending
from main.portfolio_bridge
