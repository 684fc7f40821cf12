-- Deals won by D.
select opportunity_id, lead_id, closed_at
from staged_deals
where is_won
