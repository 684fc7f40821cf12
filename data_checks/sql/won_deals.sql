-- Deals won by D.
select opportunity_id, lead_id
from staged_deals
where is_won
