"""Rows that a newcomer should see set aside, made from good ones.

Belongs here: what is broken and how much of it. Rows stay within what intake tolerates (one row or 0.1 % of a file,
at most 20): more of them and the whole file would be refused. Each broken row has an id of its own, so that no good row
is missing for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipelines.contract import ENTITIES

TOLERATED_ROWS, ROWS_PER_TOLERATED = 20, 1_000
# Ids from here on belong to broken rows.
FIRST_BROKEN_ID = 8_000_001

Fields = dict[str, str]


@dataclass(frozen=True)
class Flaw:
    """What is wrong with a row: `spoil` turns the fields of a good row into the cells of a broken one."""

    name: str
    spoil: Callable[[Fields], list[str]]


def _cell(name: str, column: str, text: str) -> Flaw:
    return Flaw(name, lambda row: list((row | {column: text}).values()))


def _ragged(name: str, change: Callable[[list[str]], list[str]]) -> Flaw:
    return Flaw(name, lambda row: change(list(row.values())))


# The first of each entity comes first where only one is tolerated, so that even a small demo shows every kind.
FLAWS: dict[str, tuple[Flaw, ...]] = {
    "activities": (
        _cell("bad timestamp", "occurred_at", "2026-02-30T10:15:00Z"),
        _ragged("ragged", lambda cells: cells[:-2]),
        _cell("missing required", "user_id", ""),
        _cell("unknown value", "kind", "carrier pigeon"),
        _cell("bad timestamp", "updated_at", "yesterday"),
        _ragged("ragged", lambda cells: [*cells, "moved to the right"]),
    ),
    "handoffs": (
        _cell("unknown value", "decision", "maybe"),
        _cell("missing required", "ae_id", ""),
        _cell("bad timestamp", "sent_at", "17.09.2026 10:15"),
    ),
    "leads": (
        _ragged("ragged", lambda cells: [*cells[:3], "", *cells[3:]]),
        _cell("bad timestamp", "created_at", "2026-13-01T08:00:00Z"),
        _cell("bad boolean", "need_confirmed", "perhaps"),
    ),
    "invoices": (
        _cell("missing required", "currency", ""),
        _cell("bad amount", "amount", "1 234.50 EUR"),
    ),
}
DUPLICATED = {"activities": 3, "leads": 1}
WEEKLY_FLAW = "activities"
MONDAY = 0


def tolerated(rows: int) -> int:
    """Broken rows that a file of `rows` good ones may hold."""
    return min(TOLERATED_ROWS, max(1, rows // ROWS_PER_TOLERATED))


def dirty_rows(
    entity: str, rows: int, sample: Callable[[int], list[str]], night: int, weekday: int
) -> Iterator[list[str]]:
    """Cells of the broken and duplicated rows for a file of `rows` good ones.

    `sample(n)` gives the cells of its n-th good row. The first night (0) has all kinds; later ones one on Mondays.
    """
    flaws = FLAWS.get(entity, ())
    if night == 0:
        flaws, duplicates = flaws[: tolerated(rows)], DUPLICATED.get(entity, 0)
    elif entity == WEEKLY_FLAW and weekday == MONDAY:
        flaws, duplicates = (flaws[night % len(flaws)],), 1
    else:
        return
    contract = ENTITIES[entity]
    for number, flaw in enumerate(flaws):
        cells = sample(number)
        columns = [*contract.column_names, "is_deleted"][: len(cells)]
        row = dict(zip(columns, cells, strict=True))
        key = contract.key[0]
        row[key] = f"{row[key][0]}{FIRST_BROKEN_ID + 100 * night + number}"
        yield flaw.spoil(row)
    for number in range(duplicates):
        yield sample(len(flaws) + number)
