"""A CRM that says everything several times: every entity in versions that contradict, vanish and come back.

Values mean nothing and are drawn from a seed; what matters is which version of a row stands and what of it had happened
by the as-of date. Two sources deliver; some keys come from both, and those never vanish from a full delivery. A file
holds one key several times, with one updated_at or several.
"""

from __future__ import annotations

import csv
import io
import random
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

from pipelines.contract import ENTITIES, Column, Entity, Type
from pipelines.settings import Settings
from tests.recomputation.changed import changed_records
from tests.recomputation.deliver import deliver
from tests.recomputation.load import read_deliveries
from tests.recomputation.staged import Row, staged

AS_OF = date(2024, 5, 6)
CONFIG = {"company_time_zone": "Europe/Berlin"}
SEEDS = (1, 2)
BEFORE = date(2024, 5, 3)  # of an earlier night
# source, day, mode, the manifest's version. The last is after the as-of date.
DELIVERIES = (
    ("crm", "2024-05-01", "delta", 2),
    ("billing", "2024-05-01", "delta", 1),
    ("crm", "2024-05-02", "full", 1),
    ("billing", "2024-05-02", "full", 3),
    ("crm", "2024-05-03", "delta", 4),
    ("billing", "2024-05-03", "delta", 1),
    ("crm", "2024-05-04", "full", 1),
    ("billing", "2024-05-04", "delta", 2),
    ("crm", "2024-05-05", "delta", 1),
    ("crm", "2024-05-06", "full", 1),
    ("billing", "2024-05-06", "delta", 3),
    ("crm", "2024-05-07", "full", 1),
)
KEYS = {"crm": [f"c{n}" for n in range(16)], "billing": [f"b{n}" for n in range(16)]}
# The first two keys of a source are whole until one is broken in the newest full delivery, which shows that it is
# there, and the other in the delivery before, which does not. Neither is said again.
NEWEST_FULL = {"crm": "2024-05-06", "billing": "2024-05-02"}
JUST_BEFORE = {"crm": "2024-05-05", "billing": "2024-05-01"}
SHARED = [f"s{n}" for n in range(8)]
# The end of the as-of date is 22:00 UTC in Berlin.
MOMENTS = ("2024-05-06T21:59:59Z", "2024-05-06T22:00:00Z", "2024-05-07", "2024-04-30T22:30:00Z", "2023-02-01")
DAYS = ("2024-05-06", "2024-05-07", "2024-05-05", "2023-02-01")
UPDATES = ("2024-04-01T08:00:00Z", "2024-04-01T09:00:00Z", "2024-04-30T08:00:00Z")


def write_restless(inbox: Path, seed: int) -> None:
    """Write all deliveries below `inbox`."""
    chance = random.Random(seed)
    for source, day, mode, version in DELIVERIES:
        texts = {name: _text(entity, source, day, mode, chance) for name, entity in ENTITIES.items()}
        deliver(inbox, day, mode, source, version, **texts)


def restless_staged(settings: Settings) -> dict[str, list[Row]]:
    """The staged tables of what `write_restless` wrote, after a night on `BEFORE`."""
    config, fulls = settings.config, defaultdict(list)
    for source, day, mode, _ in DELIVERIES:
        if mode == "full" and date.fromisoformat(day) <= AS_OF:
            fulls[source].append(date.fromisoformat(day))
    delivered = read_deliveries(settings.inbox, config, AS_OF)
    changed = changed_records(delivered, BEFORE, fulls, config.company_time_zone)
    return staged(delivered, config) | {"stg_changed_records": changed}


def _text(entity: Entity, source: str, day: str, mode: str, chance: random.Random) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*entity.column_names, "is_deleted"])
    kept, lost, *own = KEYS[source]
    always = SHARED if mode == "full" else []
    keys = [key for key in (*SHARED, *own) if key in always or chance.random() < 0.6]
    last = {kept: NEWEST_FULL[source], lost: JUST_BEFORE[source]}
    (broken,) = [key for key, until in last.items() if day == until] or [chance.choice(keys)]
    tied = [chance.choice([key for key in keys if key != broken])] * 3
    for key in [*keys, *tied, *(key for key, until in last.items() if day <= until)]:
        writer.writerow(_row(entity, key, chance, key == broken))
    return out.getvalue()


def _row(entity: Entity, key: str, chance: random.Random, is_broken: bool) -> list[str]:
    """Values of the contract, or one that breaks it, so that the row is set aside: more in a file would refuse it."""
    keys = _key(entity, key)
    values = {c.name: keys.get(c.name) or _value(c, chance) for c in entity.columns}
    if is_broken:
        breakable = [c.name for c in entity.columns if c.name not in keys and c.type not in (Type.ID, Type.TEXT)]
        values[breakable[0]] = "broken"
    return [*values.values(), chance.choice(("", "false", "false", "false", "true"))]


def _key(entity: Entity, key: str) -> dict[str, str]:
    """Keys of several columns share each of them with others."""
    if len(entity.key) == 1:
        return {entity.key[0]: key}
    number = int(key[1:])
    columns = [entity[name] for name in entity.key]
    digits = (number // 4, number % 2, number // 2 % 2) if len(columns) == 3 else (number // 4, number % 4)
    return {column.name: _part(column, key[0], digit) for column, digit in zip(columns, digits, strict=True)}


def _part(column: Column, prefix: str, digit: int) -> str:
    if column.allowed:
        return column.allowed[digit]
    if column.type in (Type.DATE, Type.TIMESTAMP):
        return str(date(2024, 1, 1) + timedelta(days=31 * digit))[:8] + "01"
    return f"{prefix}{digit}"


def _value(column: Column, chance: random.Random) -> str:
    if column.name == "updated_at":
        return chance.choice(UPDATES)
    if not column.required and chance.random() < 0.3:
        return ""
    if column.allowed:
        return chance.choice(column.allowed)
    return {
        Type.ID: f"i{chance.randrange(9)}",
        Type.TEXT: "EUR" if column.name == "currency" else f"text {chance.randrange(9)}",
        Type.TIMESTAMP: chance.choice(MOMENTS),
        Type.DATE: chance.choice(DAYS),
        Type.BOOLEAN: chance.choice(("true", "false")),
        Type.INTEGER: str(chance.randrange(9)),
        Type.NUMBER: str(chance.randrange(9) / 2),
        Type.MONEY: f"{chance.randrange(900)}.25",
        Type.RATE: f"0.{chance.randrange(1, 9)}0000000",
    }[column.type]
