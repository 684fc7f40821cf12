"""A whole night on a few rows: Podium's own stages in their order, with a build of one small table instead of dbt's.

What is said here: how the stages follow each other (the assets say it for Dagster), what is delivered, and what must be
true of a home whatever happened to it. Which process it runs in, and what happens to that, is child.py's matter.
"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import duckdb

from data_checks import gate
from data_checks.check import Queried
from data_checks.gate import audit
from data_checks.verdict import DbtTest
from pipelines import transform
from pipelines.assets.tonight import Landed, Tonight
from pipelines.assets.verdict import refuse
from pipelines.intake.receipts import receipts
from pipelines.intake.take import take_deliveries
from pipelines.night import discard, nothing_new, plan
from pipelines.release import certificate, databases, ledger, placing, provenance, read_back, releases
from pipelines.release.decisions import decided
from pipelines.release.lock import night_lock
from pipelines.release.publish import publish
from pipelines.release.seal import seal
from pipelines.release.tables import describe, fill
from pipelines.settings import DBT_PROJECT, Config, Settings
from pipelines.warehouse import connect, prepare
from tests.unit.release.release_home import MODELS, PAY, columns_of, manifest

LEADS = "lead_id,created_at,sdr_id,status,updated_at\n"
USERS = "user_id,full_name,updated_at\nU1,Ann,2026-01-01T00:00:00Z\nU2,Ben,2026-01-01T00:00:00Z\n"
ROWS_A_DAY = 10
DBT_TEST = DbtTest("unique_grain_stg_leads", "stg_leads", "lead_id", "pass", 0, "error", "one row per lead", "")
# One row per SDR and how many leads counted: a row that counted twice changes the content of the release.
SDR_RANKING = """
    select
        'month' as period_type, date '2026-03-01' as period_start, sdr_id, 'Ann' as full_name, 'north' as team,
        count(*) as leads_sent, 0.5 as acceptance_rate, 10.00 as won_amount,
        (select release_id from night.context) as release_id, (select built_at from night.context) as updated_at
    from crm.leads group by sdr_id
"""
OTHER_ROWS = {
    "metric_dictionary": "select 'SDR', 'leads_sent', 'leads', true, release_id, built_at from night.context",
    "coaching_budget": f"select 'U1', 'SDR', {PAY}, release_id, built_at from night.context",
}


def settings_of(home: Path) -> Settings:
    """A home that keeps one old release beside the current one and its predecessor, so that every night removes one."""
    return Settings(home, home / "inbox", Config(quiet_seconds=0).model_copy(update={"keep_releases": 1}))


def day(number: int) -> date:
    return date(2026, 3, number)


def deliver(home: Path, number: int) -> None:
    """The delivery of `number` March 2026: users, and leads of which one row cannot be read."""
    folder = home / "inbox" / "crm" / day(number).isoformat()
    folder.mkdir(parents=True)
    moment = f"{day(number)}T08:00:00Z"
    rows = [f"L{number}-{n},{moment},U{n % 2 + 1},new,{moment}\n" for n in range(ROWS_A_DAY)]
    (folder / "users.csv").write_text(USERS)
    (folder / "leads.csv").write_text(LEADS + "".join(rows) + f"L{number}-x,yesterday,U1,new,{moment}\n")


def night(settings: Settings, *, is_good: bool = True, dbt_project: Path | None = None, quick: bool = False) -> None:
    """One night under the lock, as the job `nightly` runs it. Raises what stopped it.

    `quick` reads the release back in this process, which saves starting another.
    """
    if quick:
        placing.read_back = read_back.check  # type: ignore[assignment]
    checks = (check("G4.rows", "select true as is_offending" if not is_good else "select false as is_offending"),)
    gate.catalogue = lambda: checks  # type: ignore[assignment]
    provenance.code_sha256 = lambda: "0" * 64  # type: ignore[assignment]
    with night_lock(settings):
        tonight = Tonight(settings)
        try:
            with tonight.stage():
                if _land(tonight):
                    _build(tonight, dbt_project)
                    _decide(tonight)
        finally:
            tonight.close()


def check(name: str, sql: str) -> Queried:
    return Queried(
        id=name,
        severity="critical",
        code="E-ROWS",
        table="stg_leads",
        description="no row offends",
        reason="the small night's own check",
        sql=sql,
    )


def _land(tonight: Tonight) -> bool:
    settings = tonight.settings
    take_deliveries(settings)
    every = tuple(receipts(settings))
    planned = plan(settings, every)
    reason = nothing_new(settings, planned)
    if reason:
        discard(settings)
        ledger.append(settings, "nothing_new", inputs_sha256=planned.inputs_sha256, reasons=[reason])
        return False
    tonight.landed = Landed(planned, every, prepare(settings, planned, every))
    return True


def _build(tonight: Tonight, dbt_project: Path | None) -> None:
    if dbt_project:
        transform.DBT_PROJECT = dbt_project
        tonight.build = transform.build(tonight.settings, tonight.landed.warehouse)
        wanted = {f"model.small.{table}" for table in MODELS}
        transform.demand_built(tonight.settings, tonight.build, wanted)
    with connect(tonight.landed.warehouse) as db:
        if not dbt_project:
            for table in MODELS:
                _create(db, table)
        db.execute("create schema if not exists staging")
        db.execute("create view staging.stg_context as select * from night.context")
        db.execute("create view staging.stg_leads as select * from crm.leads")


def _create(db: duckdb.DuckDBPyConnection, table: str) -> None:
    lines = [f"{name} {kind}{' not null' * required}" for name, kind, required in columns_of(table)]
    db.execute(f"create table main.{table} ({', '.join(lines)})")
    if rows := rows_of(table):
        db.execute(f"insert into main.{table} {rows}")


def rows_of(table: str) -> str:
    """The SELECT behind a table of the build; empty for one that stays empty or is filled by release/."""
    return SDR_RANKING if table == "sdr_ranking" else OTHER_ROWS.get(table, "")


def _decide(tonight: Tonight) -> None:
    landed = tonight.landed
    baseline = releases.newest_certified(tonight.settings, landed.night.as_of)
    content = describe(landed.warehouse, landed.night, tonight.settings, manifest())
    found = audit(landed.warehouse, [DBT_TEST], baseline, releases.newest_terms(tonight.settings))
    tonight.audit = decided(tonight.settings, found, content, landed.night.as_of)
    if tonight.audit.held:
        raise refuse(tonight)
    fill(landed.warehouse, landed.night, tonight.settings, tonight.audit, landed.receipts, manifest())
    sealed = seal(tonight.settings, landed.warehouse, landed.night, tonight.audit, landed.receipts)
    publish(tonight.settings, sealed, landed.night)


def write_dbt_project(place: Path) -> Path:
    """A dbt project whose models are the tables of the small build, under the profile of the real one."""
    models = place / "models"
    models.mkdir(parents=True)
    (place / "profiles.yml").write_bytes((DBT_PROJECT / "profiles.yml").read_bytes())
    (place / "dbt_project.yml").write_text(
        "name: small\nprofile: podium\nmodels:\n  small: {+materialized: table}\nflags: {use_colors: false}\n"
    )
    for table in MODELS:
        columns = ", ".join(f"cast(null as {kind}) as {name}" for name, kind, _ in columns_of(table))
        names = ", ".join(name for name, _, _ in columns_of(table))
        rows = rows_of(table)
        union = f" union all select * from ({rows}) as t({names})" if rows else ""
        (models / f"{table}.sql").write_text(f"select * from (select {columns}) where false{union}\n")
    return place


def content(home: Path) -> str:
    """The content hash of the release that readers see."""
    return str(certificate.verify(home / "published" / "current")["content_sha256"])


def current(home: Path) -> str | None:
    return releases.current_id(settings_of(home))


def check_readable(home: Path) -> None:
    """Whoever reads now gets one whole certified release, of one id in every table."""
    directory = (home / "published" / "current").resolve()
    facts = certificate.verify(directory)
    with duckdb.connect(":memory:") as db:
        databases.attach(db, directory)
        filled = [name for name, rows in facts["tables"].items() if rows]
        seen = {row for name in filled for row in db.execute(f"select distinct release_id from {name}").fetchall()}
    assert seen == {(directory.name,)}


def check_restricted(home: Path) -> None:
    """In no release does anybody but the operator read what is restricted: here one group reads all there is."""
    found = [path for path in (home / "published").glob("v*/restricted/*") if path.is_file()]
    assert {(path.name, path.stat().st_mode & 0o777) for path in found} == {("restricted.duckdb", 0o400)}
    assert {path.parent.stat().st_mode & 0o777 for path in found} == {0o750}
    assert len(found) == len(releases.release_directories(settings_of(home)))


def check_sound(home: Path) -> None:
    """What holds after any plain run, whatever was done to the ones before it."""
    check_readable(home)
    check_restricted(home)
    check_bytes_kept(home)
    check_rows_conserved(home)
    check_told_once(home)
    check_no_drafts(home)


def check_bytes_kept(home: Path) -> None:
    """Every delivered byte is archived under its own hash (invariant I1)."""
    archived = list((home / "archive").glob("??/*"))
    assert [path for path in archived if _sha256(path) != path.name] == []
    delivered = {_sha256(path) for path in (home / "inbox").rglob("*") if path.is_file()}
    assert delivered <= {path.name for path in archived}


def check_rows_conserved(home: Path) -> None:
    """Each delivered row is counted once, as loaded, set aside or duplicate (invariant I2)."""
    settings = settings_of(home)
    kept = [receipt for receipt in receipts(settings) if receipt.verdict == "loaded"]
    assert {(r.source, r.delivered_on, r.file_name) for r in kept} == {
        (path.parts[-3], date.fromisoformat(path.parts[-2]), path.name) for path in (home / "inbox").glob("*/*/*.csv")
    }
    for receipt in kept:
        assert receipt.rows_in == receipt.rows_loaded + receipt.rows_quarantined + receipt.rows_duplicate
        if receipt.rows_loaded:
            rows = duckdb.read_parquet(str(receipt.rows_path(settings))).fetchall()
            assert len(rows) == receipt.rows_loaded


def check_told_once(home: Path) -> None:
    """The ledger holds one row per decision and ends with where the pointer stands."""
    rows = ledger.read(settings_of(home))
    for kinds in (ledger.DECISIONS - {"nothing_new"} | {"recovered"}, {"interrupted"}):
        told = [row["release_id"] for row in rows if row["kind"] in kinds and row["release_id"]]
        assert sorted(told) == sorted(set(told))
    pointers = [row["current"] for row in rows if row["kind"] in ledger.POINTER_KINDS]
    assert pointers[-1] == current(home)


def check_no_drafts(home: Path) -> None:
    """Nothing half done lies about."""
    hidden = [path for place in ("published", "held", "raw", "archive") for path in (home / place).glob(".*")]
    assert [path for path in hidden if path.is_symlink() or path.is_file() or any(path.iterdir())] == []
    assert not (home / "work" / "intake").exists()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
