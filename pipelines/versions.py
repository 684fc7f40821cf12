"""Which delivered rows of a record are equally new, in SQL. Which one is present is said by dbt: current_versions."""

from __future__ import annotations

from pipelines.contract import Entity


def newness(entity: Entity) -> tuple[str, ...]:
    """The raw columns that make one row of a record newer than another, the weightiest first; NULL is oldest."""
    told = ("updated_at",) if entity.has_updated_at else ()
    return (*told, "_delivered_on", "_version")


def doubled(entity: Entity, relation: str) -> str:
    """SELECT of the keys of which two of the raw rows in `relation` are equally new, whichever rows are newest.

    By hashes, so that it may name more.
    """
    key = ", ".join(entity.key)
    version = f"hash({key}, {', '.join(newness(entity))})"
    return f"""
        select distinct {key}
        from {relation}
        where {version} in (select {version} from {relation} group by all having count(*) > 1)
    """
