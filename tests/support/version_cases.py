"""Which version of a record stands, worked by hand for every entity: the versions that were delivered, and the one that
is present, or none. The same for all, so that no staging model can have rules of its own. How times after D are undone
is not said here; all rows are old.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import md5
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.contract import ENTITIES, RAW_COLUMNS, Entity, Type
from tests.support.compiled_sql import rows_found, rows_of
from tests.support.limits import LIMITS

# The source `a` sent all it had on two days, and a delta between and after, `d` on one day; `b` sends only deltas.
FULL = (("a", date(2024, 2, 1)), ("a", date(2024, 3, 1)), ("d", date(2024, 5, 1)))
DELTA = (("a", date(2024, 2, 15)), ("a", date(2024, 4, 1)), ("b", date(2024, 2, 1)), ("d", date(2024, 4, 1)))
CONTEXT = rows_of("as_of date, company_time_zone varchar", [(date(2024, 6, 12), "Europe/Berlin")])
OLD = datetime(2023, 1, 2, 12)
# Present is the version with the greatest hash.
BY_HASH = 0
# The rest of a key with several columns: those that are no text.
KEY_DAY = date(2023, 1, 1)


@dataclass(frozen=True)
class Said:
    """One version: what it says, when it was changed and how it came."""

    says: int
    changed: str
    on: str
    source: str = "b"
    version: int = 0
    is_deleted: bool | None = None


@dataclass(frozen=True)
class Case:
    """The versions of one key and what is present: a version's `says`, BY_HASH or nothing. `undated` is what is present
    of entities whose versions carry no time, where it differs.
    """

    versions: tuple[Said, ...]
    present: int | None
    undated: int | None = -1


CASES: dict[str, Case] = {
    "alone": Case((Said(1, "2024-01-01", "2024-02-01"),), 1),
    "changed later and delivered earlier": Case(
        (Said(1, "2024-01-20", "2024-02-01"), Said(2, "2024-01-10", "2024-02-02")), 1, undated=2
    ),
    "delivered later": Case((Said(1, "2024-01-01", "2024-02-01", version=9), Said(2, "2024-01-01", "2024-02-02")), 2),
    "of a later version": Case(
        (Said(1, "2024-01-01", "2024-02-01", version=2), Said(2, "2024-01-01", "2024-02-01", version=1)), 1
    ),
    "twice the same": Case((Said(1, "2024-01-01", "2024-02-01"), Said(1, "2024-01-01", "2024-02-01")), 1),
    "deleted": Case((Said(1, "2024-01-01", "2024-02-01"), Said(2, "2024-01-02", "2024-02-02", is_deleted=True)), None),
    "deleted at once": Case((Said(1, "2024-01-01", "2024-02-01", is_deleted=True),), None),
    "deleted and back": Case(
        (Said(1, "2024-01-01", "2024-02-01", is_deleted=True), Said(2, "2024-01-02", "2024-02-02", is_deleted=False)), 2
    ),
    "absent from the newest full delivery": Case((Said(1, "2024-01-01", "2024-02-01", "a"),), None),
    "absent from it after two versions": Case(
        (Said(1, "2024-01-01", "2024-02-01", "a"), Said(2, "2024-01-02", "2024-02-15", "a")), None
    ),
    "the day before the newest full delivery": Case((Said(1, "2024-01-01", "2024-02-29", "a"),), None),
    "in the newest full delivery": Case((Said(1, "2024-01-01", "2024-03-01", "a"),), 1),
    "in both full deliveries": Case(
        (Said(1, "2024-01-01", "2024-02-01", "a"), Said(2, "2024-01-02", "2024-03-01", "a")), 2
    ),
    "in the newest full delivery and after it": Case(
        (Said(1, "2024-01-01", "2024-03-01", "a"), Said(2, "2024-01-02", "2024-04-01", "a")), 2
    ),
    "after the newest full delivery": Case((Said(1, "2024-01-01", "2024-04-01", "a"),), 1),
    "before the full of its source, after that of another": Case((Said(1, "2024-01-01", "2024-04-01", "d"),), None),
    "absent from it and said by another source": Case(
        (Said(1, "2024-01-01", "2024-02-01", "a"), Said(2, "2024-01-02", "2024-02-02")), 2
    ),
    "set aside in the full delivery": Case((Said(1, "2024-01-01", "2024-02-01", "a"),), 1),
    "set aside after it": Case((Said(1, "2024-01-01", "2024-02-01", "a"),), 1),
    "set aside before it": Case((Said(1, "2024-01-01", "2024-02-01", "a"),), None),
    "set aside the day before it": Case((Said(1, "2024-01-01", "2024-02-01", "a"),), None),
    "set aside in another entity": Case((Said(1, "2024-01-01", "2024-02-01", "a"),), None),
    "set aside from another source": Case((Said(1, "2024-01-01", "2024-02-01", "a"),), None),
    "set aside after the full of another source": Case((Said(1, "2024-01-01", "2024-04-01", "d"),), None),
    # Any hash would put one such pair in order as ours does, hardly any puts all of them.
    **{
        f"tied, number {number}": Case(
            (Said(1, "2024-01-01", "2024-02-01"), Said(2, "2024-01-01", "2024-02-01")), BY_HASH
        )
        for number in range(12)
    },
}
# Case, source, entity (empty: the one that is asked about), day.
SET_ASIDE = (
    ("set aside in the full delivery", "a", "", date(2024, 3, 1)),
    ("set aside after it", "a", "", date(2024, 4, 1)),
    ("set aside before it", "a", "", date(2024, 2, 15)),
    ("set aside the day before it", "a", "", date(2024, 2, 29)),
    ("set aside in another entity", "a", "of_another_kind", date(2024, 3, 1)),
    ("set aside from another source", "b", "", date(2024, 3, 1)),
    ("set aside after the full of another source", "d", "", date(2024, 4, 1)),
)


def expected(entity: str) -> list[tuple[Any, ...]]:
    """Key and marker of every row that must be present; of a key in several columns also those that differ in one."""
    about, found = ENTITIES[entity], []
    for name, case in CASES.items():
        says = case.present if about.has_updated_at or case.undated == -1 else case.undated
        if says is not None:
            found += [(*key, _marked(about, says or _greatest(about, key, case))) for key in _keys(about, name)]
    return sorted(found, key=repr)


def _greatest(entity: Entity, key: tuple[Any, ...], case: Case) -> int:
    """What the version with the greatest hash says."""
    return max(case.versions, key=lambda said: _hash(entity, _row(entity, key, said))).says


def _hash(entity: Entity, row: Mapping[str, Any]) -> str:
    """MD5 of every column as text, the empty ones too, after whether the row is deleted."""
    values = [(column.type.sql, row.get(column.name)) for column in entity.columns]
    texts = ", ".join(f"coalesce(?::{kind}::varchar, '')" for kind, _ in values)
    with duckdb.connect(config=LIMITS) as db:
        found = db.execute(f"select {texts}", [value for _, value in values]).fetchone() or ()
    return md5("|".join(["true" if row["is_deleted"] else "false", *found]).encode()).hexdigest()


def present(entity: str, sql: str = "") -> list[tuple[Any, ...]]:
    """The same as the staging model of the entity finds it, or as other SQL in its place does."""
    about = ENTITIES[entity]
    columns = ", ".join([*about.key, marker(about)])
    return sorted(rows_found(staged_by(entity), sql, _inputs(about), columns), key=repr)


def staged_by(entity: str) -> str:
    """The model that finds the versions of an entity; of activities, in the months that are worked out tonight."""
    return "stg_activities_tonight" if entity == "activities" else f"stg_{entity}"


def marker(entity: Entity) -> str:
    """The column that says which version a row is: the first that is neither key nor moment nor yes or no."""
    no_markers = (Type.TIMESTAMP, Type.BOOLEAN)
    return next(c.name for c in entity.columns if c.name not in entity.key and c.type not in no_markers)


def _inputs(entity: Entity) -> Mapping[str, pa.Table]:
    files = [(source, entity.name, day, day_of in FULL) for day_of in (*FULL, *DELTA) for source, day in [day_of]]
    # Another entity came whole later.
    files += [(source, "of_another_kind", date(2024, 5, 1), True) for source in "abd"]
    aside = [
        (source, other or entity.name, day, "|".join(map(str, key)))
        for case, source, other, day in SET_ASIDE
        for key in _keys(entity, case)
    ]
    return {
        f"crm.{entity.name}": (raw := _raw(entity)),
        f"night.{entity.name}_tonight": raw,
        "night.kept_months": rows_of("month_start date"),
        "night.files": rows_of("source_name varchar, entity varchar, delivered_on date, is_full boolean", files),
        "night.quarantine": rows_of("source_name varchar, entity varchar, delivered_on date, key_text varchar", aside),
        "stg_context": CONTEXT,
    }


def _raw(entity: Entity) -> pa.Table:
    columns = [(column.name, column.type.sql) for column in entity.columns]
    with duckdb.connect(config=LIMITS) as db:
        db.execute(f"create table given ({', '.join(f'{n} {t}' for n, t in (*columns, *RAW_COLUMNS))})")
        for name, case in CASES.items():
            for key in _keys(entity, name):
                for said in case.versions:
                    _insert(db, _row(entity, key, said))
        return db.execute("from given").to_arrow_table()


def _insert(db: duckdb.DuckDBPyConnection, row: Mapping[str, Any]) -> None:
    db.execute(f"insert into given ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values()))


def _row(entity: Entity, key: tuple[Any, ...], said: Said) -> dict[str, Any]:
    moments = {c.name: OLD for c in entity.columns if c.required and c.type is Type.TIMESTAMP}
    days = {c.name: OLD.date() for c in entity.columns if c.required and c.type is Type.DATE}
    changed = {"updated_at": said.changed} if entity.has_updated_at else {}
    came = {"is_deleted": said.is_deleted, "_source": said.source, "_delivered_on": said.on, "_version": said.version}
    keyed = dict(zip(entity.key, key, strict=True))
    return moments | days | {marker(entity): _marked(entity, said.says)} | changed | keyed | came


def _marked(entity: Entity, says: int) -> Any:
    """A value of the marker's type that tells versions apart."""
    kind = entity[marker(entity)].type
    if kind is Type.DATE:
        return date(2023, 5, says)
    return f"says {says}" if kind in (Type.ID, Type.TEXT) else says


def _keys(entity: Entity, case: str) -> list[tuple[Any, ...]]:
    """A key of the case, and for each of its columns one that differs in that column alone."""
    base = [_cell(entity, column, case, 0) for column in entity.key]
    keys = [tuple(base)]
    for number, column in enumerate(entity.key[1:], start=1):
        keys.append((*base[:number], _cell(entity, column, case, 1), *base[number + 1 :]))
    return keys


def _cell(entity: Entity, column: str, case: str, other: int) -> Any:
    kind = entity[column].type
    if kind is Type.DATE:
        return KEY_DAY.replace(month=1 + other)
    if kind is Type.TIMESTAMP:
        return OLD.replace(month=1 + other)
    return f"{case} {other}"
