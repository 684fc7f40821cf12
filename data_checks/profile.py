"""The profile of what came in: rows, empty values, categories and doers per entity, in the state as of D.

It is small, kept in the certificate, and what the next night is compared with, so it holds no content: categories by
hash, people of the sales team by id. Judging it is the business of suites/border_in.py.
"""

from __future__ import annotations

from typing import Any

from data_checks.build import Build
from data_checks.entities import CATEGORIES, DOERS, REFERENCES, Reference
from pipelines.contract import ENTITIES, Entity

# More categories than this make an index of noise.
TOP_CATEGORIES = 12


def profile(build: Build) -> dict[str, Any]:
    """Per delivered entity its profile; JSON-able."""
    entities = {name: entity_profile(build, name) for name in ENTITIES if build.delivered(name)}
    return {"version": 1, "entities": entities}


def entity_profile(build: Build, name: str) -> dict[str, Any]:
    """Rows, shares of empty values and of orphans per column, categories and doers; measured once per build."""
    key = f"profile.{name}"
    if key not in build.measured:
        rows, filled = _filled(build, ENTITIES[name])
        build.measured[key] = {
            "rows": rows,
            "null_share": {column: 1 - count / rows for column, count in filled.items()} if rows else {},
            "orphan_share": _orphan_shares(build, name),
            "shares": {column: _shares(build, name, column) for column in CATEGORIES.get(name, ())},
            "doers": _doers(build, name),
        }
    found: dict[str, Any] = build.measured[key]
    return found


def _filled(build: Build, entity: Entity) -> tuple[int, dict[str, int]]:
    """Rows of an entity, and per column how many are not empty."""
    counts = ", ".join(f'count("{column}")' for column in entity.column_names)
    rows, *filled = build.one(f"select count(*), {counts} from staging.stg_{entity.name}")
    return rows, dict(zip(entity.column_names, filled, strict=True))


def orphan_counts(build: Build, reference: Reference) -> tuple[int, int]:
    """How many rows fill a reference, and how many of these name something never delivered; counted once per build.

    A parent that was delivered and later deleted is known, so its children are not orphans.
    """
    key = f"orphans.{reference.entity}.{reference.column}"
    if key not in build.measured:
        build.measured[key] = build.one(
            f"""
            select count(*), count(*) filter (where {orphan(reference)})
            from staging.stg_{reference.entity}
            where {reference.column} is not null
            """
        )
    referring, orphans = build.measured[key]
    return referring, orphans


def orphan(reference: Reference) -> str:
    """SQL that is true for a row whose filled reference names something never delivered."""
    parents = f"select {reference.parent_key} from crm.{reference.parent} where {reference.parent_key} is not null"
    return f"{reference.column} not in ({parents})"


def _orphan_shares(build: Build, name: str) -> dict[str, float]:
    shares = {}
    for reference in REFERENCES:
        if reference.entity == name and build.delivered(reference.parent):
            referring, orphans = orphan_counts(build, reference)
            if referring:
                shares[reference.column] = orphans / referring
    return shares


def _shares(build: Build, name: str, column: str) -> dict[str, float]:
    """Part of each category among the filled rows: the most frequent by hash, the others together."""
    rows = build.records(
        f"""
        select md5({column})[:12] as category, count(*) as rows from staging.stg_{name}
        where {column} is not null group by {column} order by rows desc, category
        """
    )
    total = sum(row["rows"] for row in rows)
    shares = {row["category"]: row["rows"] / total for row in rows[:TOP_CATEGORIES]}
    rest = sum(row["rows"] for row in rows[TOP_CATEGORIES:])
    return shares | ({"(others)": rest / total} if rest else {})


def _doers(build: Build, name: str) -> dict[str, int]:
    """Rows per person who did them, for entities whose doer never changes."""
    if name not in DOERS:
        return {}
    rows = build.records(
        f"select {DOERS[name]} as doer, count(*) as rows from staging.stg_{name} group by all order by doer"
    )
    return {row["doer"]: row["rows"] for row in rows}
