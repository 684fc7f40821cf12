"""Who notices a mutant, the cheapest first: the examples beside its model, the recomputation, the gate.

Worlds are builds of hostile CRMs, made once; a mutant is built into them with whatever reads it and taken back. That
the output merely differs is no notice: somebody must say that it is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import duckdb
import yaml

from data_checks.build import Build, read_build
from data_checks.catalogue import catalogue
from data_checks.examine import examine
from data_checks.terms import CertifiedTerms, gate_result, terms_of
from pipelines.contract import ENTITIES
from tests.faults.mutants import Mutant, Softened
from tests.faults.small_company import Built, Company
from tests.recomputation import restless
from tests.recomputation.compare import differences_within
from tests.recomputation.deliver import keep_only
from tests.recomputation.metrics import recompute
from tests.recomputation.nasty import CONFIG, EARLIER, NEWEST, OTHER_CONFIG, write_nasty
from tests.recomputation.staged import staged_differences
from tests.support.compiled_sql import CompiledModels, compiled_project
from tests.support.examples import Bench, examples, types_of
from tests.support.limits import SPILL_AT_MOST, in_time
from tests.support.rank_cases import RANKED_MODELS, misplaced
from tests.support.shrink_cases import SHRINKING_MODELS, misjudged
from tests.support.version_cases import expected, present, staged_by

UNNOTICED = ""
_SENSELESS = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


@dataclass
class World:
    """A build without wrongs.

    `is_wrong` says, of the models that then hold other rows, whether a recomputation differs. `is_whole` builds can be
    shown to the gate.
    """

    name: str
    built: Built
    is_wrong: Callable[[Set[str]], bool]
    is_whole: bool = True
    prints: dict[str, str] = field(default_factory=dict)

    @cached_property
    def blocks(self) -> set[str]:
        return _blocks(self.built.audited())

    @cached_property
    def models(self) -> list[str]:
        """Those that are built here, each after everything it reads."""
        nodes, there = compiled_project(), types_of(self.built.db)
        return CompiledModels(n for n, node in nodes.items() if node.kind == "model" and node.relation in there).order

    @contextmanager
    def rebuilt(self, mutant: Mutant) -> Iterator[set[str]]:
        """The world with the mutant in it; yields the models that then hold other rows.

        Raises duckdb.Error where one cannot be built, InterruptException where that does not end.
        """
        self.built.db.execute(f"set max_temp_directory_size = '{SPILL_AT_MOST}'")
        self.built.db.begin()
        try:
            with in_time(self.built.db):
                changed = self._rebuild(mutant)
            yield changed
        finally:
            self.built.db.rollback()

    def _rebuild(self, mutant: Mutant) -> set[str]:
        nodes, changed = compiled_project(), set[str]()
        for name in self.models:
            node = nodes[name]
            if name != mutant.model and changed.isdisjoint(node.reads):
                continue
            before = self.prints.get(name) or self.prints.setdefault(name, self._print(node.relation))
            sql = mutant.sql if name == mutant.model else node.sql
            self.built.db.execute(f"create or replace table {node.relation} as {sql}")
            if self._print(node.relation) != before:
                changed.add(name)
        return changed

    def _print(self, relation: str) -> str:
        """The same for the same rows in any order."""
        return str(self.built.rows(f"select count(*), sum(hash(rows)::hugeint) from {relation} as rows"))


class Judges:
    """All of them, over worlds below `place`, each made when it is first asked."""

    def __init__(self, place: Path) -> None:
        self.makers = _makers(place)
        self.made: list[World] = []
        self.lent = next(self.worlds).built.db
        self.types = types_of(self.lent)
        self.benches: dict[str, list[Bench]] = {}

    @property
    def worlds(self) -> Iterator[World]:
        for number, make in enumerate(self.makers):
            if number == len(self.made):
                self.made.append(make())
            yield self.made[number]

    def makes_sense(self, mutant: Mutant) -> bool:
        """Whether a database takes the SQL at all. What it refuses unseen is no wrong that could come to a night."""
        try:
            self.lent.execute(f"explain {mutant.sql}")
        except _SENSELESS:
            return False
        return True

    def notice(self, mutant: Mutant) -> str:
        """Who notices first, UNNOTICED if nobody does."""
        try:
            return self._examples(mutant) or self._recomputation(mutant) or self._gate(mutant)
        except duckdb.InterruptException:
            return "time limit"
        except duckdb.Error:
            return "build"

    def _examples(self, mutant: Mutant) -> str:
        if mutant.model not in self.benches:
            known = examples().get(mutant.model, [])
            self.benches[mutant.model] = [Bench(example, self.types, self.lent) for example in known]
        for bench in self.benches[mutant.model]:
            with in_time(bench.db):
                if not bench.holds(mutant.sql):
                    return "example"
        if mutant.model in RANKED_MODELS and misplaced(mutant.model, mutant.sql):
            return "example: places"
        if mutant.model in SHRINKING_MODELS and misjudged(mutant.model, mutant.sql):
            return "example: estimates"
        for entity in ENTITIES:
            if mutant.model == staged_by(entity) and present(entity, mutant.sql) != expected(entity):
                return "example: versions"
        return UNNOTICED

    def _recomputation(self, mutant: Mutant) -> str:
        for world in self.worlds:
            with world.rebuilt(mutant) as changed:
                if world.is_wrong(changed):
                    return f"recomputation: {world.name}"
        return UNNOTICED

    def _gate(self, mutant: Mutant) -> str:
        for world in self.worlds:
            if not world.is_whole:
                continue
            blocks = world.blocks
            with world.rebuilt(mutant) as changed:
                if not changed:
                    continue
                if failed := _dbt_test(world.built, changed):
                    return f"dbt test: {failed}"
                build = read_build(world.built.db, world.built.audited().baseline)
                if found := sorted(_blocks(build) - blocks):
                    return f"gate: {found[0]}"
        return UNNOTICED


def gate_notices(softened: Softened) -> bool:
    """Whether a night after the change is held for it, by a result that names the check."""
    result = gate_result(CertifiedTerms("v000001", terms_of(catalogue(), [])), terms_of(softened.checks, []))
    return result.verdict == "block" and softened.check_id in result.observed


# Entities beside the people themselves, of companies that deliver little.
LITTLE = (
    ("accounts", "account_owners", "invoices", "fx_rates"),
    ("handoffs", "targets"),
    ("opportunities", "opportunity_history", "targets"),
    ("activities", "targets", "coaching_sessions"),
    ("leads", "invoices", "targets"),
)


def _makers(place: Path) -> list[Callable[[], World]]:
    return [
        partial(_nasty, place / "newest", CONFIG, NEWEST, before=EARLIER),
        partial(_nasty, place / "earlier", OTHER_CONFIG, EARLIER),
        *(partial(_restless, place / f"seed {seed}", seed) for seed in restless.SEEDS),
        *(partial(_nasty, place / f"only {' '.join(only)}", CONFIG, NEWEST, only=only) for only in LITTLE),
    ]


def _nasty(place: Path, options: str, as_of: date, *, before: date | None = None, only: tuple[str, ...] = ()) -> World:
    """The nasty CRM, after a night on another date where one is asked for, or a part of its entities."""
    company = Company(place, **yaml.safe_load(options))
    write_nasty(company.settings.inbox)
    if only:
        keep_only(company.settings.inbox, {"users", "assignments", *only})
    earlier = company.night(str(before)) if before else None
    built = company.night(str(as_of), earlier=earlier)
    built.audited()  # attaches the earlier release
    wanted = recompute(company.settings.inbox, company.settings.config, as_of)
    known = set(differences_within(built.db, wanted))

    def is_wrong(changed: Set[str]) -> bool:
        tables = {table: rows for table, rows in wanted.items() if table in changed}
        moved = before is not None and "closed_period_changes" in changed and _unmoved(built)
        return bool(moved or set(differences_within(built.db, tables)) - known)

    return World(f"nasty CRM, {place.name}", built, is_wrong, is_whole=not only)


def _unmoved(built: Built) -> list[tuple[Any, ...]]:
    """Figures of closed periods whose published changes do not add up to what two releases publish, or which say of a
    person or a figure what neither release does.
    """
    return built.rows((Path(__file__).parent / "closed_periods.sql").read_text("utf-8"))


def _restless(place: Path, seed: int) -> World:
    """The staged tables of a restless CRM."""
    company = Company(place, **restless.CONFIG)
    restless.write_restless(company.settings.inbox, seed)
    wanted = restless.restless_staged(company.settings)
    models = tuple(wanted)
    before = company.night(str(restless.BEFORE), models=models)
    built = company.night(str(restless.AS_OF), before, models=models)

    def is_wrong(changed: Set[str]) -> bool:
        tables = {table: rows for table, rows in wanted.items() if table in changed}
        return bool(staged_differences(built.db, tables))

    return World(f"restless CRM, seed {seed}", built, is_wrong, is_whole=False)


def _dbt_test(built: Built, changed: Set[str]) -> str:
    """The first data test of the changed models that fails."""
    for name, node in compiled_project().items():
        if node.kind == "test" and not changed.isdisjoint(node.reads) and built.rows(node.sql):
            return name
    return UNNOTICED


def _blocks(build: Build) -> set[str]:
    """The checks that hold the build."""
    return {result.check_id for result in examine(build, catalogue()) if result.verdict == "block"}
