"""The published tables, computed a second time in plain Python from the delivered CSV files.

It shares no code and no table with the SQL: where both agree, both read the definitions alike. This module only puts
the parts together; a metric lives in sdr.py, ae.py or am.py, how people are ranked in ranking.py. Clarity over speed.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

from pipelines.settings import Config
from tests.recomputation import ae, am, sdr
from tests.recomputation.books import Books
from tests.recomputation.brief import Brief
from tests.recomputation.budgets import Budgets
from tests.recomputation.candidates import Candidates
from tests.recomputation.criteria import Criteria
from tests.recomputation.crm import Crm, read_crm
from tests.recomputation.effects import Effects
from tests.recomputation.longform import metric_rows
from tests.recomputation.pairs import Pairs
from tests.recomputation.periods import previous_start
from tests.recomputation.ranking import Standings, rank
from tests.recomputation.ratios import Row
from tests.recomputation.reasons import Reasons
from tests.recomputation.targets import Ramp, Targets, Values

PARTS = ("shrunk", "low", "high")
PERIOD = ("period_type", "period_start")
GRAIN = {
    "sdr_ranking": (*PERIOD, "sdr_id"),
    "ae_ranking": (*PERIOD, "ae_id"),
    "am_ranking": (*PERIOD, "am_id"),
    "metric_ranking": ("role", *PERIOD, "user_id", "metric"),
    "portfolio_bridge": (*PERIOD, "am_id", "account_id"),
    "handoff_pairs": (*PERIOD, "pair_kind", "from_id", "to_id"),
    "reject_reasons": (*PERIOD, "sdr_id", "ae_id", "reason"),
    "acceptance_criteria": (*PERIOD, "ae_id", "criterion"),
    "target_attainment": ("month", "user_id", "metric"),
    "coaching_effect": ("coach_id", "metric"),
    "coach_candidates": ("user_id", "metric", "coachee_id", "coachee_metric"),
    "coaching_budget": ("user_id", "role"),
    "one_on_one_brief": ("user_id", "position"),
}
# A table is published empty if none of these was ever delivered.
INPUTS = {
    "sdr_ranking": {"activities", "leads", "handoffs"},
    "ae_ranking": {"handoffs", "opportunities"},
    "am_ranking": {"invoices"},
    "portfolio_bridge": {"invoices"},
    "handoff_pairs": {"handoffs"},
    "reject_reasons": {"handoffs"},
    "acceptance_criteria": {"handoffs"},
    "coaching_budget": {"variable_pay"},
}
ROLES: dict[str, tuple[str, ModuleType]] = {
    "SDR": ("sdr_ranking", sdr),
    "AE": ("ae_ranking", ae),
    "AM": ("am_ranking", am),
}

Tables = dict[str, dict[tuple[Any, ...], Row]]  # table -> grain key -> row


def recompute(inbox: Path, config: Config, as_of: date | None = None) -> Tables:
    """All rows of the tables at the end of `as_of` (default: the newest delivery's date)."""
    return tables(read_crm(inbox, config, as_of))


def tables(crm: Crm, ramp: Ramp | None = None) -> Tables:
    """The same from a CRM already read."""
    return _Tables(crm, Targets(crm, ramp)).build()


class _Tables:
    """Rows of every table, period by period."""

    def __init__(self, crm: Crm, targets: Targets) -> None:
        self.crm = crm
        self.targets = targets
        self.rows: dict[str, list[Row]] = {name: [] for name in GRAIN}
        self.ranked: list[tuple[list[Row], str, Standings]] = []  # the rows of one role and period

    def build(self) -> Tables:
        books = Books(self.crm)
        sdrs, aes, ams = sdr.Sdr(self.crm), ae.Ae(self.crm, books), am.Am(self.crm, books)
        self._add("coaching_budget", Budgets(self.crm, books).rows())
        pairs, reasons, criteria = Pairs(self.crm, books), Reasons(self.crm), Criteria(self.crm)
        for period in self.crm.periods:
            am_rows, bridge = ams.rows(period)
            self._add("portfolio_bridge", bridge)
            self._add("handoff_pairs", pairs.rows(period))
            self._add("reject_reasons", reasons.rows(period))
            self._add("acceptance_criteria", criteria.rows(period))
            for role, rows in (("SDR", sdrs.rows(period)), ("AE", aes.rows(period)), ("AM", am_rows)):
                for row in rows:
                    row.update(self.targets.columns(row, role, ROLES[role][1].KEY, period))
                self._add_role(role, rows)
        return self._finished(sdrs)

    def _add(self, table: str, rows: list[Row]) -> None:
        if INPUTS[table] & self.crm.delivered:
            self.rows[table] += rows

    def _add_role(self, role: str, rows: list[Row]) -> None:
        table, module = ROLES[role]
        if INPUTS[table] & self.crm.delivered:
            self.ranked.append((rows, role, rank(rows, role, module.KEY)))
            self.rows[table] += rows

    def _finished(self, sdrs: sdr.Sdr) -> Tables:
        for table, module in ROLES.values():
            _add_previous(_by_grain(table, self.rows[table]), module)
        for rows, role, standings in self.ranked:
            self.rows["metric_ranking"] += metric_rows(rows, role, ROLES[role][1].KEY, standings)
        result = {name: _by_grain(name, rows) for name, rows in self.rows.items()}
        _add_previous_ranks(result["metric_ranking"])
        rankings = {role: result[table] for role, (table, _) in ROLES.items()}
        values = Values(rankings, {role: m.NEEDS for role, (_, m) in ROLES.items()}, self.crm.delivered)
        result["target_attainment"] = _by_grain("target_attainment", self.targets.attainment(values))
        result["coaching_effect"] = effects = _by_grain("coaching_effect", Effects(self.crm, sdrs).rows())
        past = {key: (row["effect_shrunk"], row["episodes"]) for key, row in effects.items()}
        coached = {key: tuple(row[f"effect_{part}"] for part in PARTS) for key, row in effects.items()}
        proposals = Candidates(self.crm, result["metric_ranking"].values(), result["reject_reasons"].values(), past)
        result["coach_candidates"] = _by_grain("coach_candidates", proposals.rows())
        briefs = Brief(self.crm, sdrs, result, proposals, coached)
        result["one_on_one_brief"] = _by_grain("one_on_one_brief", briefs.rows())
        return {name: {key: _published(row) for key, row in rows.items()} for name, rows in result.items()}


def _published(row: Row) -> Row:
    """Without what only the ranking needed."""
    return {name: value for name, value in row.items() if name != "deals_decided" and not name.endswith("_s2")}


def _by_grain(table: str, rows: list[Row]) -> dict[tuple[Any, ...], Row]:
    keyed = {tuple(row[name] for name in GRAIN[table]): row for row in rows}
    assert len(keyed) == len(rows), f"{table}: the grain is not unique"
    return keyed


def _add_previous(rows: dict[tuple[Any, ...], Row], module: ModuleType) -> None:
    """Add to each row what looks back to the preceding period of the same type."""
    for (kind, start, person), row in rows.items():
        before = rows.get((kind, previous_start(kind, start), person))
        row["previous_rank"] = before["rank"] if before else None
        if module is sdr:
            sdr.add_growth(row, before)


def _add_previous_ranks(rows: dict[tuple[Any, ...], Row]) -> None:
    for (role, kind, start, person, metric), row in rows.items():
        before = rows.get((role, kind, previous_start(kind, start), person, metric))
        row["previous_rank"] = before["rank"] if before else None
