"""G3: a full delivery is a newer export than the deliveries before it. An old one under a new date would set rows back
and take away what was created since, a few rows a day, which no limit on deletions sees.
"""

from __future__ import annotations

from data_checks.check import Queried
from data_checks.measures import ALLOWANCE
from pipelines.contract import ENTITIES, Entity

# A row dated after its delivery is a mistake that a later export may have put right.
_TOLD = "updated_at < _delivered_on + interval 2 day"


def stale_exports() -> tuple[Queried, ...]:
    """The check on every entity that says when its rows changed."""
    return tuple(_stale(entity) for entity in ENTITIES.values() if entity.has_updated_at)


def _stale(entity: Entity) -> Queried:
    return Queried(
        id=f"G3.stale.{entity.name}",
        code="E-STALE-EXPORT",
        severity="critical",
        table=f"crm.{entity.name}",
        description="the newest full delivery knows of changes as late as those delivered before it",
        reason="a row that went back in time is an old export; so are more rows absent that are newer than all of it "
        f"than the {ALLOWANCE} that may have been deleted since",
        needs=(entity.name,),
        when_empty="no full delivery after another delivery",
        sql=_sql(entity),
    )


def _sql(entity: Entity) -> str:
    """Per source its newest full delivery: keys delivered before it with a later change than any in it, and how many
    of them it holds as they were earlier.
    """
    name, key = entity.name, ", ".join(entity.key)
    return f"""
        with
        newest as (
            select source_name, max(delivered_on) filter (where is_full) as delivered_on
            from night.files
            where verdict = 'loaded' and entity = '{name}'
            group by source_name
            having min(delivered_on) < max(delivered_on) filter (where is_full)
        ),
        told as (
            select source_name, delivered_on, max(updated_at) as told_until
            from newest inner join crm.{name} on source_name = _source and delivered_on = _delivered_on
            where {_TOLD}
            group by all
        ),
        later as materialized (
            select distinct source_name, delivered_on, {key}
            from told inner join crm.{name} on source_name = _source and _delivered_on < delivered_on
            where updated_at > told_until and {_TOLD} and not coalesce(is_deleted, false)
        ),
        held as (
            select distinct source_name, {key}
            from later inner join crm.{name} using ({key})
            where source_name = _source and delivered_on = _delivered_on
        ),
        counted as (
            select
                told.source_name,
                told.delivered_on,
                (select count(*) from later where later.source_name = told.source_name) as newer_before,
                (select count(*) from held where held.source_name = told.source_name) as set_back
            from told
        )
        select *, set_back > 0 or newer_before > {ALLOWANCE} as is_offending
        from counted
    """
