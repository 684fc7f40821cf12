"""A warehouse in which nothing was delivered, to be filled where a simulation knows better than any delivery.

No rows and no judgement here: who simulates says which relations to fill and what to build from them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import duckdb
import pandas as pd

from pipelines import warehouse
from pipelines.night import Night
from pipelines.settings import Settings
from tests.support.compiled_sql import CompiledModels, compiled_project


class SimulatedWarehouse:
    """Every relation of the project in memory, in its types of the night, and the SQL to build them anew."""

    def __init__(self) -> None:
        self.nodes = compiled_project()
        self.order = CompiledModels(name for name, node in self.nodes.items() if node.kind == "model").order
        self.db = duckdb.connect()
        self._deliver_nothing()
        for name in self.order:
            self._build(name)

    def run(self, given: Mapping[str, pd.DataFrame], wanted: Sequence[str]) -> None:
        """Fill relations with `given` rows, a column that is left out being empty, and build what lies between.

        What was given earlier and is not given now stays.
        """
        for name, rows in given.items():
            self.db.register("rows_given", rows)
            self.db.execute(f"delete from {self.nodes[name].relation}")
            self.db.execute(f"insert into {self.nodes[name].relation} by name select * from rows_given")
        for name in self._between(set(given), set(wanted)):
            self._build(name)

    def _deliver_nothing(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            night = Night("v000001", None, date(2026, 1, 1), datetime(2026, 1, 2), promote=False)
            path = warehouse.prepare(Settings.load(home=Path(directory)), night, [])
            self.db.execute(f"attach '{path}' as delivered (read_only)")
            for node in self.nodes.values():
                if node.kind == "source":
                    self._create(node.relation, f"from {node.relation.replace('memory.', 'delivered.', 1)}")
            self.db.execute("detach delivered")

    def _build(self, name: str) -> None:
        self._create(self.nodes[name].relation, self.nodes[name].sql)

    def _create(self, relation: str, select: str) -> None:
        self.db.execute(f"create schema if not exists {relation.rpartition('.')[0]}")
        self.db.execute(f"create or replace table {relation} as {select}")

    def _between(self, given: set[str], wanted: set[str]) -> list[str]:
        """Models that read a given relation, directly or not, and are needed for a wanted one, in order."""
        changed, needed = set(given), set(wanted)
        for name in self.order:
            if changed.intersection(self.nodes[name].reads):
                changed.add(name)
        for name in reversed(self.order):
            if name in needed:
                needed.update(self.nodes[name].reads)
        return [name for name in self.order if name in (changed & needed) - given]
