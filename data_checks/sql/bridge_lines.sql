-- The line follows from the books and the values at both ends; whether a returning client is new or reactivated does not.
select
    period_type,
    period_start,
    am_id,
    account_id,
    line,
    case
        when in_opening and in_closing and r0 > 0
        then
            case
                when r1c > r0 then 'expansion' when r1c = r0 then 'unchanged' when r1c > 0 then 'contraction' else 'churn'
            end
        when in_opening and in_closing
        then case when r1c > 0 then 'started' else 'inactive' end
        when in_opening
        then case when other_am_id is null then 'churn' else 'transfer_out' end
        else case when other_am_id is null then 'started' else 'transfer_in' end
    end as expected,
    case when line in ('new', 'reactivated') then 'started' else line end <> expected
    or is_kept <> (in_opening and in_closing and r0 > 0)
    or (line in ('expansion', 'new', 'reactivated', 'transfer_in', 'unchanged', 'inactive') and line_amount < 0)
    or (line in ('contraction', 'churn', 'transfer_out', 'unchanged', 'inactive') and line_amount > 0) as is_offending
from main.portfolio_bridge
