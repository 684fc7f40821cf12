-- Every hand-off that an AE decided on stands in each of the four criteria, met or not.
with
    criteria as (
        select unnest(['budget', 'authority', 'need', 'timing']) as criterion
    ),
    decided as (
        select period_type, period_start, ae_id, criterion, accepted, accepted + rejected as decided
        from main.ae_ranking
        cross join criteria
        where accepted + rejected > 0
    )
select
    period_type,
    period_start,
    ae_id,
    criterion,
    decided is distinct from decided_met + decided_unmet
    or accepted is distinct from accepted_met + accepted_unmet as is_offending
from decided
full join main.acceptance_criteria using (period_type, period_start, ae_id, criterion)
