"""A small company's CRM and whole builds of it in memory: intake, the night's relations and every model's real SQL, in
about two seconds. What is wrong with the CRM and what must come of it, the tables say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from data_checks.baseline import Baseline
from data_checks.build import Build, read_build
from data_checks.catalogue import catalogue
from data_checks.examine import examine
from data_checks.profile import profile
from data_checks.verdict import CheckResult
from pipelines.intake.receipts import receipts
from pipelines.intake.take import take_deliveries
from pipelines.night import plan
from pipelines.release.content import content_sha256
from pipelines.release.memory import PUBLISHED, REMEMBERED
from pipelines.settings import Config, Settings
from pipelines.warehouse import Before, connect, prepare
from tests.recomputation.deliver import deliver
from tests.support.compiled_sql import CompiledModels, compiled_project

FIRST, NEXT, LAST = "2026-03-10", "2026-03-11", "2026-03-12"
Rows = dict[str, str]

HEADERS = {
    "users": "user_id,full_name,updated_at",
    "assignments": "user_id,role,valid_from,updated_at",
    "leads": "lead_id,created_at,sdr_id,source,status,updated_at",
    "activities": "activity_id,user_id,kind,occurred_at,updated_at",
    "handoffs": "handoff_id,lead_id,sdr_id,ae_id,sent_at,decision,decided_at,opportunity_id,updated_at",
    "opportunities": "opportunity_id,owner_id,created_at,stage,is_closed,is_won,amount,currency,account_id,lead_id,"
    "closed_at,updated_at",
    "accounts": "account_id,created_at,merged_into_id,updated_at",
    "account_owners": "account_id,am_id,valid_from,updated_at",
    "invoices": "invoice_id,account_id,invoiced_on,amount,currency,updated_at",
    "fx_rates": "currency,rate_on,rate_to_base",
}
NIGHTLY = f"{FIRST}T05:00:00Z"
PEOPLE = {"s1": "SDR", "s2": "SDR", "a1": "AE", "a2": "AE", "m1": "AM", "m2": "AM"}


def lead(n: int, status: str = "new", changed: str = NIGHTLY) -> str:
    return f"lead-{n},2026-01-05T09:00:00Z,s{n % 2 + 1},web,{status},{changed}"


def handoff(n: int, sent: str = "2026-01-12", changed: str = NIGHTLY) -> str:
    accepted = f"{sent}T09:00:00Z,accepted,{sent}T15:00:00Z"
    return f"hand-{n},lead-{n},s{n % 2 + 1},a{n % 2 + 1},{accepted},deal-{n},{changed}"


def deal(n: int, amount: str = "", *, currency: str = "EUR", stage: str = "Won", **more: str) -> str:
    """A deal won in January, of `n` thousands unless an amount is given."""
    owner, closed = more.get("owner", f"a{n % 2 + 1}"), more.get("closed", "2026-01-20")
    start = f"deal-{n},{owner},2026-01-12T15:00:00Z,{stage},true,true,{amount or n * 1000}"
    return f"{start},{currency},acct-{n},lead-{n},{closed}T12:00:00Z,{more.get('changed', NIGHTLY)}"


def invoice(n: int, account: int = 0, on: str = "2026-02-10", amount: str = "100.00", currency: str = "EUR") -> str:
    return f"inv-{n},acct-{account or n},{on},{amount},{currency},{NIGHTLY}"


def account(n: int, merged_into: str = "", changed: str = NIGHTLY) -> str:
    return f"acct-{n},2025-06-01,{merged_into},{changed}"


def table(entity: str, lines: Iterable[str]) -> str:
    return "\n".join([HEADERS[entity], *lines])


def company(leads: int = 40, **changed: str) -> Rows:
    """Every entity as CSV text; `changed` stands for the ordinary one."""
    ordinary = {
        "users": table("users", (f"{p},{p.upper()},{NIGHTLY}" for p in PEOPLE)),
        "assignments": table("assignments", (f"{p},{role},2025-01-01,{NIGHTLY}" for p, role in PEOPLE.items())),
        "leads": table("leads", map(lead, range(1, leads + 1))),
        "activities": table("activities", [f"call-{n},s1,call,2026-01-{n:02}T10:00:00Z,{NIGHTLY}" for n in (6, 7)]),
        "handoffs": table("handoffs", map(handoff, range(1, 7))),
        "opportunities": table("opportunities", map(deal, range(1, 7))),
        "accounts": table("accounts", map(account, range(1, 7))),
        "account_owners": table("account_owners", (f"acct-{n},m{n % 2 + 1},2025-06-01,{NIGHTLY}" for n in range(1, 7))),
        "invoices": table("invoices", map(invoice, range(1, 7))),
        "fx_rates": table("fx_rates", ["USD,2025-01-01,0.50000000"]),
    }
    return ordinary | changed


@dataclass
class Built:
    """One night's build in memory, compared with an earlier one where there is one."""

    db: duckdb.DuckDBPyConnection
    as_of: date
    deliveries: frozenset[tuple[str, date, str, str]]
    build: Build | None = field(default=None, init=False)
    earlier: Built | None = None

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.db.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        return self.rows(sql)[0][0]

    def content(self, schema: str = "main") -> str:
        """The hash by which releases are compared."""
        tables = self.rows(f"select table_name from duckdb_tables() where schema_name = '{schema}'")
        return content_sha256(self.db, [name for (name,) in tables], schema)

    def results(self, *prefixes: str) -> dict[str, CheckResult]:
        """What the checks with these ids, or these beginnings of ids, say of the build."""
        checks = [check for check in catalogue() if check.id.startswith(prefixes)]
        assert checks, prefixes
        return {result.check_id: result for result in examine(self.audited(), checks)}

    def result(self, check_id: str) -> CheckResult:
        return self.results(check_id)[check_id]

    def audited(self) -> Build:
        if self.build is None:
            baseline = self._baseline() if self.earlier else None
            self.build = read_build(self.db, baseline)
        return self.build

    def _baseline(self) -> Baseline:
        assert self.earlier
        self.db.execute("attach ':memory:' as baseline")
        tables = self.earlier.rows("select table_name from duckdb_tables() where schema_name = 'main'")
        for (name,) in tables:
            self.db.register("earlier_rows", self.earlier.db.execute(f"from main.{name}").to_arrow_table())
            self.db.execute(f"create table baseline.main.{name} as from earlier_rows")
        held = profile(self.earlier.audited())
        return Baseline("v000001", self.earlier.as_of, Path("podium.duckdb"), held)


class Company:
    """A home, what arrives in it, and the nights over it."""

    def __init__(self, root: Path, **options: Any) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.settings = Settings(root / "home", root / "inbox", Config.model_validate({"quiet_seconds": 0, **options}))

    def deliver(self, day: str = FIRST, mode: str = "delta", **entities: str) -> Company:
        deliver(self.settings.inbox, day, mode, **entities)
        return self

    def night(self, as_of: str = "", earlier: Built | None = None, **how: Any) -> Built:
        """Take what waits and build. `how`: `models` to build only these and what they read, `threads`, and `given`,
        rows that stand for those of a model.
        """
        take_deliveries(self.settings)
        every = tuple(receipts(self.settings))
        night = plan(self.settings, every, date.fromisoformat(as_of) if as_of else None)
        before = self._before(earlier) if earlier else None
        warehouse = prepare(self.settings, night, every, before)
        models = _needed(how.get("models"))
        with connect(warehouse) as db:
            inputs = {name: db.execute(f"from {name}").to_arrow_table() for name in _sources(models)}
        loaded = [r for r in every if r.verdict == "loaded" and r.delivered_on <= night.as_of]
        deliveries = frozenset((r.source, r.delivered_on, r.entity, r.sha256) for r in loaded)
        db = models.run(inputs | how.get("given", {}), how.get("threads"))
        return Built(db, night.as_of, deliveries, earlier)

    def _before(self, earlier: Built) -> Before:
        """What a release of the earlier build leaves for the next night, or only its deliveries without marts."""
        kept = self.settings.home / "kept"
        kept.mkdir(exist_ok=True)
        is_whole = earlier.value("select count(*) > 0 from duckdb_tables() where schema_name = 'main'")
        queries = REMEMBERED | {name: f"from main.{table}" for name, table in PUBLISHED.items()} if is_whole else {}
        for name, query in queries.items():
            earlier.db.execute(f"copy ({query}) to '{kept / name}.parquet' (format parquet)")
        files = {name: kept / f"{name}.parquet" for name in queries}
        return Before("v000001", earlier.as_of, (), True, earlier.deliveries, files)


@cache
def _needed(wanted: tuple[str, ...] | None) -> CompiledModels:
    """All models, or some with every model that they read."""
    nodes = compiled_project()
    left = list(wanted or (name for name, node in nodes.items() if node.kind == "model"))
    needed: set[str] = set()
    while left:
        name = left.pop()
        if name not in needed and nodes[name].kind == "model":
            needed.add(name)
            left += nodes[name].reads
    # The gate reads what every night has.
    return CompiledModels(needed | {"stg_context"})


def _sources(models: CompiledModels) -> Iterable[str]:
    """All sources, also those that only the gate reads."""
    return (name for name, node in models.nodes.items() if node.kind == "source")
