"""G2: a full set of a source is whole. An entity that earlier sets had is missing from the newest one: its last state
stands, with a warning until the deadline, and no longer.
"""

from __future__ import annotations

from data_checks.check import Queried
from data_checks.verdict import Severity

# A later full delivery is the same set where it has half of its entities: one entity delivered again alone is none.
_SQL = """
with
taken as (
    select source_name, entity, delivered_on, bool_or(is_full) as is_full
    from night.files
    where verdict = 'loaded' and entity <> ''
    group by all
),
sets as (
    select source_name, delivered_on, list(entity) as entities from taken where is_full group by all
),
last_taken as (
    select source_name, entity, max(delivered_on) as last_on, max(delivered_on) filter (where is_full) as last_full_on
    from taken
    group by all
    having bool_or(is_full)
),
missing as (
    select last_taken.source_name, last_taken.entity, min(later.delivered_on) as missing_since
    from last_taken
    join sets as had
        on last_taken.source_name = had.source_name and last_taken.last_full_on = had.delivered_on
    join sets as later
        on last_taken.source_name = later.source_name
        and last_taken.last_on < later.delivered_on
        and 2 * len(list_intersect(had.entities, later.entities)) >= len(had.entities)
    group by all
)
select
    last_taken.source_name,
    last_taken.entity,
    last_taken.last_on,
    missing.missing_since,
    missing.missing_since is not null and {overdue} as is_offending
from last_taken
left join missing using (source_name, entity)
cross join staging.stg_context as context
"""


def sets() -> tuple[Queried, ...]:
    """Both checks on the sets of full deliveries."""
    overdue = "24 * (context.as_of - missing.missing_since) > context.set_deadline_hours"
    return (
        _set("G2.set", "E-SET-INCOMPLETE", "critical", overdue),
        _set("G2.set.warn", "W-SET-INCOMPLETE", "warning", "true"),
    )


def _set(id: str, code: str, severity: Severity, overdue: str) -> Queried:
    return Queried(
        id=id,
        code=code,
        severity=severity,
        table="night.files",
        description="every entity that a source's full sets had is in its newest one"
        + (", or is missing for no longer than set_deadline_hours" if severity == "critical" else ""),
        reason="its last state stands, which is right for a night and wrong for a week",
        when_empty="no full delivery",
        sql=_SQL.format(overdue=overdue),
    )
