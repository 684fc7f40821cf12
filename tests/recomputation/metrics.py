"""The published rankings and the bridge, computed a second time in plain Python from the delivered CSV files.

It shares no code and no table with the SQL: where both agree, both read the definitions alike. This module only puts
the parts together; a metric lives in sdr.py, ae.py or am.py. Clarity over speed.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

from pipelines.settings import Config
from tests.recomputation import ae, am, sdr
from tests.recomputation.crm import Crm, read_crm
from tests.recomputation.periods import previous_start
from tests.recomputation.ranking import add_ranks
from tests.recomputation.ratios import Row

GRAIN = {
    "sdr_ranking": ("period_type", "period_start", "sdr_id"),
    "ae_ranking": ("period_type", "period_start", "ae_id"),
    "am_ranking": ("period_type", "period_start", "am_id"),
    "portfolio_bridge": ("period_type", "period_start", "am_id", "account_id"),
}
# A table is published empty if none of these was ever delivered.
INPUTS = {
    "sdr_ranking": {"activities", "leads", "handoffs"},
    "ae_ranking": {"handoffs", "opportunities"},
    "am_ranking": {"invoices"},
    "portfolio_bridge": {"invoices"},
}

Tables = dict[str, dict[tuple[Any, ...], Row]]  # table -> grain key -> row


def recompute(inbox: Path, config: Config, as_of: date | None = None) -> Tables:
    """All rows of the four tables at the end of `as_of` (default: the newest delivery's date)."""
    return tables(read_crm(inbox, config, as_of))


def tables(crm: Crm) -> Tables:
    """The same from a CRM already read."""
    sdrs, aes, ams = sdr.Sdr(crm), ae.Ae(crm), am.Am(crm)
    by_table: dict[str, list[Row]] = {name: [] for name in GRAIN}
    for period in crm.periods:
        sdr_rows, ae_rows = sdrs.rows(period), aes.rows(period)
        am_rows, bridge = ams.rows(period)
        for role, module, rows in (("SDR", sdr, sdr_rows), ("AE", ae, ae_rows), ("AM", am, am_rows)):
            add_ranks(rows, role, module.KEY)
        by_table["sdr_ranking"] += sdr_rows
        by_table["ae_ranking"] += ae_rows
        by_table["am_ranking"] += am_rows
        by_table["portfolio_bridge"] += bridge
    result = {name: _by_grain(name, rows if INPUTS[name] & crm.delivered else []) for name, rows in by_table.items()}
    for name, module in (("sdr_ranking", sdr), ("ae_ranking", ae), ("am_ranking", am)):
        result[name] = _finished(result[name], module, crm.delivered)
    return result


def _by_grain(table: str, rows: list[Row]) -> dict[tuple[Any, ...], Row]:
    keyed = {tuple(row[name] for name in GRAIN[table]): row for row in rows}
    assert len(keyed) == len(rows), f"{table}: the grain is not unique"
    return keyed


def _finished(rows: dict[tuple[Any, ...], Row], module: ModuleType, delivered: set[str]) -> dict[tuple[Any, ...], Row]:
    """The rows with what looks back to the preceding period of the same type."""
    finished = {}
    for (kind, start, person), row in rows.items():
        before = rows.get((kind, previous_start(kind, start), person))
        row["previous_rank"] = before["rank"] if before else None
        finished[kind, start, person] = module.finish(row, before, delivered)
    return finished
