"""What the gate knows of a published table: its columns, of which kind each is, and what follows from deliveries.

How tables are written down; which there are stands in tables.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "key",  # part of the grain, never empty
    "filled",  # never empty
    "free",  # may be empty, any value
    "count",  # never empty once its entities were delivered, not negative
    "signed",  # never empty once its entities were delivered, any sign
    "share",  # 0 to 1, or empty
    "positive",  # not negative, or empty
    "number",  # any finite number, or empty
]


@dataclass(frozen=True)
class Column:
    """A published column; `needs` are the entities without which it is empty."""

    name: str
    kind: Kind
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A published table. `needs_any`: without all of these it is empty. `sets`: columns with a closed list of values.

    `links` are columns of addresses in the web, which may have an `@` in them.
    `has_rows` is SQL that is true when the staged side says that the table must hold rows.
    """

    name: str
    columns: tuple[Column, ...]
    needs_any: tuple[str, ...] = ()
    sets: tuple[tuple[str, tuple[str, ...]], ...] = ()
    has_rows: str = "true"
    links: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.kind == "key")

    def needs(self, *columns: str) -> tuple[str, ...]:
        """The entities without which one of the columns is empty."""
        needed = [entity for column in self.columns if column.name in columns for entity in column.needs]
        return tuple(dict.fromkeys(needed))

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def columns_of(spec: str) -> tuple[Column, ...]:
    """Read `name:kind` and `name:kind@entity+entity`, one per word.

    `name:kind*kind` is followed by the shrunk value and both ends of its interval, which are of the second kind.
    """
    columns = []
    for word in spec.split():
        name, _, rest = word.partition(":")
        rest, _, shrunk = rest.partition("*")
        kind, _, needs = rest.partition("@")
        columns.append(Column(name, kind, tuple(needs.split("+")) if needs else ()))  # type: ignore[arg-type]
        if shrunk:
            columns += [Column(f"{name}_{part}", shrunk) for part in ("shrunk", "low", "high")]  # type: ignore[arg-type]
    return tuple(columns)
