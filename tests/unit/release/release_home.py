"""A home with a small hand-made build, so that releasing is tested without intake, dbt or the gate.

The tables have the columns of the real ones as far as release/ looks at them, with their comments and constraints.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from data_checks.gate import Audit
from data_checks.terms import Terms
from data_checks.verdict import CheckResult
from pipelines.intake.archive import Stamp
from pipelines.intake.receipts import Receipt
from pipelines.night import Night, plan
from pipelines.release import releases
from pipelines.release.decisions import decided
from pipelines.release.placing import Outcome
from pipelines.release.publish import hold, publish
from pipelines.release.seal import seal
from pipelines.release.tables import describe, fill
from pipelines.settings import Config, Settings

TAIL = "release_id:VARCHAR* updated_at:TIMESTAMP*"
# Per table: its grain, and its columns as name:type, `*` for NOT NULL.
TABLES = {
    "sdr_ranking": (
        "period_type, period_start, sdr_id",
        "period_type:VARCHAR* period_start:DATE* sdr_id:VARCHAR* full_name:VARCHAR* team:VARCHAR leads_sent:BIGINT "
        f"acceptance_rate:DOUBLE won_amount:DECIMAL(18,2) {TAIL}",
    ),
    "ae_ranking": (
        "period_type, period_start, ae_id",
        f"period_type:VARCHAR* period_start:DATE* ae_id:VARCHAR* {TAIL}",
    ),
    "acceptance_criteria": (
        "period_type, period_start, ae_id, criterion",
        f"period_type:VARCHAR* period_start:DATE* ae_id:VARCHAR* criterion:VARCHAR* {TAIL}",
    ),
    "target_attainment": ("month, user_id, metric", f"month:DATE* user_id:VARCHAR* metric:VARCHAR* {TAIL}"),
    "metric_dictionary": ("role, metric", f"role:VARCHAR* metric:VARCHAR* needs:VARCHAR is_primary:BOOLEAN* {TAIL}"),
    "quarantine_summary": ("source, entity, reason", f"source:VARCHAR* entity:VARCHAR* reason:VARCHAR* {TAIL}"),
    "check_results": (
        "check_id",
        "check_id:VARCHAR* stage:VARCHAR* severity:VARCHAR* is_required:BOOLEAN* table_name:VARCHAR "
        "column_name:VARCHAR description:VARCHAR* rows_examined:BIGINT* observed:VARCHAR threshold:VARCHAR "
        f"observed_value:DOUBLE threshold_value:DOUBLE verdict:VARCHAR* message:VARCHAR {TAIL}",
    ),
    "data_dictionary": (
        "table_name, column_name",
        "table_name:VARCHAR* column_name:VARCHAR* ordinal:BIGINT* data_type:VARCHAR* is_nullable:BOOLEAN* "
        "is_key:BOOLEAN* unit:VARCHAR description:VARCHAR* table_description:VARCHAR* grain:VARCHAR* "
        f"{TAIL}",
    ),
    "closed_period_changes": ("role, metric", f"role:VARCHAR* metric:VARCHAR* is_acknowledged:BOOLEAN* {TAIL}"),
    "release_info": (
        "release_id",
        "release_id:VARCHAR* as_of:DATE* built_at:TIMESTAMP* previous_release_id:VARCHAR is_override:BOOLEAN* "
        "company_time_zone:VARCHAR* base_currency:VARCHAR* fiscal_start_month:BIGINT* close_window_days:BIGINT* "
        "acceptance_sla_hours:BIGINT* portfolio_value:VARCHAR* code_version:VARCHAR* definitions_sha256:VARCHAR* "
        "config_sha256:VARCHAR* lock_sha256:VARCHAR* content_sha256:VARCHAR* deliveries:BIGINT* "
        "deliveries_json:VARCHAR* rows_loaded:BIGINT* rows_quarantined:BIGINT* tables_not_available_json:VARCHAR* "
        "overrides_json:VARCHAR* updated_at:TIMESTAMP*",
    ),
}
RESTRICTED = {
    "coaching_budget": ("user_id, role", f"user_id:VARCHAR* role:VARCHAR* variable_pay:DECIMAL(18,2)* {TAIL}"),
}
MODELS = TABLES | RESTRICTED
PAY = "7654.32"
PEOPLE = (("s1", "Ana", "=north", 50, 0.625), ("s2", "Bea", None, 0, None), ("s3", "Cy", "south", 200, 1 / 3))


def check(check_id: str = "G4.sdr_grain", **other: Any) -> CheckResult:
    passed = CheckResult(
        check_id=check_id,
        stage="G4",
        severity="critical",
        is_required=True,
        table_name="sdr_ranking",
        column_name="",
        description="The grain is unique.",
        rows_examined=3,
        observed="0 rows",
        threshold="0 rows",
        observed_value=0.0,
        threshold_value=0.0,
        verdict="pass",
        message="",
    )
    return replace(passed, **other)


TERMS = (Terms("G4.sdr_grain", "critical", "0 rows"),)


def audit_of(*results: CheckResult) -> Audit:
    return Audit(results, profile={"handoffs": {"rows": 3}}, terms=TERMS)


PASSED = audit_of(check(), check("G5.volume", is_required=False, rows_examined=0, message="no release to compare with"))
BLOCKED = audit_of(check(), check("G4.bridge", verdict="block", message="12 rows do not close"))


def march(day: int) -> date:
    return date(2026, 3, day)


def receipt(day: date, entity: str = "handoffs", **other: Any) -> Receipt:
    sha = f"{entity}{day:%Y%m%d}".encode().hex().ljust(64, "0")
    usual: dict[str, Any] = {
        "source": "crm",
        "entity": entity,
        "delivered_on": day,
        "file_name": f"{entity}.csv",
        "sha256": sha,
        "reading": "00000000",
        "mode": "delta",
        "version": 0,
        "verdict": "loaded",
        "rows_in": 4,
        "rows_loaded": 3,
        "rows_quarantined": 1,
        "stamp": Stamp(size=0, mtime_ns=0, ctime_ns=0),
    }
    return Receipt(**(usual | other))


def columns_of(table: str) -> list[tuple[str, str, bool]]:
    """Name, type and whether NOT NULL."""
    words = (word.partition(":") for word in MODELS[table][1].split())
    return [(name, kind.rstrip("*"), kind.endswith("*")) for name, _, kind in words]


def manifest() -> dict[str, Any]:
    """What of dbt's manifest release/ reads."""
    nodes = {}
    for table, (grain, _) in MODELS.items():
        columns = {
            name: {
                "description": f"It's the {name}.\n",
                "data_type": "string" if kind == "VARCHAR" else kind.lower(),
                "constraints": [{"type": "not_null"}] if is_not_null else [],
                "config": {"meta": {"unit": "count"} if name == "leads_sent" else {}},
            }
            for name, kind, is_not_null in columns_of(table)
        }
        nodes[f"model.podium.{table}"] = {
            "name": table,
            "description": f"About {table}.",
            "config": {"meta": {"grain": grain}},
            "columns": columns,
        }
    nodes["model.podium.int_private"] = {"name": "int_private", "columns": {}}
    exposures = {
        f"exposure.podium.{name}": {"depends_on": {"nodes": [f"model.podium.{table}" for table in tables]}}
        for name, tables in (("release", TABLES), ("restricted", RESTRICTED))
    }
    return {"nodes": nodes, "exposures": exposures}


def build_warehouse(path: Path, night: Night, people: tuple[tuple[Any, ...], ...] = PEOPLE) -> Path:
    """The private build as dbt leaves it: the three tables of the release itself still empty."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as db:
        db.execute("create schema staging; create table staging.stg_leads as select 'secret@example.org' as email")
        db.execute("create schema night")
        for table in MODELS:
            lines = [f"{name} {kind}{' not null' * required}" for name, kind, required in columns_of(table)]
            db.execute(f"create table main.{table} ({', '.join(lines)})")
        tail = [night.release_id, night.built_at]
        for sdr_id, name, team, sent, rate in people:
            row = ["month", date(2026, 3, 1), sdr_id, name, team, sent, rate, "1500.10", *tail]
            db.execute("insert into main.sdr_ranking values (?,?,?,?,?,?,?,?,?,?)", row)
        db.execute("insert into main.coaching_budget values ('s1', 'SDR', ?, ?, ?)", [PAY, *tail])
        for role, metric, needs in (
            ("SDR", "acceptance_rate", "handoffs"),
            ("AE", "close_rate", "opportunities, handoffs"),
        ):
            db.execute("insert into main.metric_dictionary values (?,?,?,true,?,?)", [role, metric, needs, *tail])
        for metric in ("won_amount", "deals_won"):
            db.execute("insert into main.closed_period_changes values ('SDR',?,false,?,?)", [metric, *tail])
    return path


@dataclass
class ReleaseHome:
    """A home and the deliveries it got."""

    settings: Settings
    receipts: list[Receipt] = field(default_factory=list)

    @classmethod
    def at(cls, path: Path, **options: Any) -> ReleaseHome:
        return cls(Settings(path, path / "inbox", Config(**options)))

    @property
    def published(self) -> Path:
        return self.settings.published

    def deliver(self, day: int) -> None:
        self.receipts.append(receipt(march(day)))

    def sealed(self, audit: Audit = PASSED, people: tuple[Any, ...] = PEOPLE, **how: Any) -> tuple[Night, Path]:
        """A planned, built, filled and sealed night that nobody published."""
        night, warehouse, audit = self.judged(audit, people, **how)
        fill(warehouse, night, self.settings, audit, self.receipts, manifest())
        return night, seal(self.settings, warehouse, night, audit, self.receipts)

    def judged(self, audit: Audit = PASSED, people: tuple[Any, ...] = PEOPLE, **how: Any) -> tuple[Night, Path, Audit]:
        """A planned and built night whose audit found what `audit` says, with people's decisions applied."""
        night = plan(self.settings, self.receipts, **how)
        warehouse = build_warehouse(self.settings.work / "warehouse.duckdb", night, people)
        content = describe(warehouse, night, self.settings, manifest())
        return night, warehouse, decided(self.settings, audit, content, night.as_of)

    def hold(self, audit: Audit, **how: Any) -> Night:
        """One whole night that the gate holds."""
        night, warehouse, audit = self.judged(audit, **how)
        hold(self.settings, night, warehouse, audit)
        return night

    def publish(self, day: int | None = None, **how: Any) -> Outcome:
        """One whole night; `day` of March 2026 is delivered before it."""
        if day:
            self.deliver(day)
        night, sealed = self.sealed(**how)
        return publish(self.settings, sealed, night)

    def current(self) -> str | None:
        return releases.current_id(self.settings)

    def tree(self) -> dict[str, bytes | str]:
        """Every file and link under published/ and what it holds."""
        found: dict[str, bytes | str] = {}
        for path in sorted(self.published.rglob("*")):
            name = path.relative_to(self.published).as_posix()
            if path.is_symlink():
                found[name] = str(path.readlink())
            elif path.is_file():
                found[name] = path.read_bytes()
        return found
