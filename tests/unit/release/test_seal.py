"""What a sealed release consists of, and what sealing refuses."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from release_home import BLOCKED, PASSED, TABLES, ReleaseHome, build_warehouse, manifest

from pipelines.errors import HeldByGate, PodiumError
from pipelines.night import plan
from pipelines.release import seal as seal_module
from pipelines.release.certificate import verify
from pipelines.release.read_back import check as read_back_here
from pipelines.release.restricted import is_restricted
from pipelines.release.seal import seal
from pipelines.release.tables import fill


def test_a_release_holds_every_exposed_table_three_times_and_nothing_private(released: ReleaseHome) -> None:
    directory = released.published / "v000001"
    files = (path for path in directory.rglob("*") if path.is_file() and not is_restricted(path, directory))
    names = {path.relative_to(directory).as_posix() for path in files}
    tables = {f"parquet/{table}.parquet" for table in TABLES} | {f"csv/{table}.csv" for table in TABLES}
    assert names == tables | {"podium.duckdb", "certificate.json"}
    with duckdb.connect(str(directory / "podium.duckdb"), read_only=True) as db:
        assert {row[0] for row in db.execute("select table_name from duckdb_tables()").fetchall()} == set(TABLES)
        assert db.execute("select count(*) from duckdb_schemas() where schema_name = 'staging'").fetchone() == (0,)


def test_the_database_has_an_old_storage_version_comments_and_constraints(released: ReleaseHome) -> None:
    with duckdb.connect(str(released.published / "current" / "podium.duckdb"), read_only=True) as db:
        tags = db.execute("select tags from duckdb_databases() where path is not null").fetchall()
        assert tags == [({"storage_version": "v1.0.0+"},)]
        assert (
            db.execute(
                "select table_name, column_name, comment from duckdb_columns() where not internal order by all"
            ).fetchall()
            == db.execute("select table_name, column_name, description from data_dictionary order by all").fetchall()
        )
        assert db.execute(
            "select distinct comment from duckdb_tables() where table_name = 'sdr_ranking'"
        ).fetchall() == [("About sdr_ranking.",)]
        assert db.execute("select comment from duckdb_columns() where column_name = 'sdr_id'").fetchall() == [
            ("It's the sdr_id.",)
        ]
        nullable = db.execute("select is_nullable from duckdb_columns() where column_name = 'full_name'").fetchall()
        assert nullable == [(False,)]


def test_the_three_forms_of_a_table_agree_and_are_ordered_by_the_grain(released: ReleaseHome) -> None:
    directory = released.published / "v000001"
    with duckdb.connect(str(directory / "podium.duckdb"), read_only=True) as db:
        stored = db.execute("select * from sdr_ranking").fetchall()
        assert db.execute(f"select * from '{directory}/parquet/sdr_ranking.parquet'").fetchall() == stored
    assert [row[2] for row in stored] == ["s1", "s2", "s3"]
    lines = (directory / "csv" / "sdr_ranking.csv").read_text("utf-8").splitlines()
    assert lines[1].startswith("month,2026-03-01,s1,Ana,'=north,50,0.625,1500.10,v000001,")
    assert len(lines) == 1 + len(stored)


def test_readers_of_the_group_can_read_and_nobody_can_write(released: ReleaseHome) -> None:
    for path in (released.published, *released.published.rglob("*")):
        if not path.is_symlink() and "restricted" not in path.parts:
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode == (0o750 if path.is_dir() else 0o440), path


def test_the_certificate_says_what_went_in(released: ReleaseHome) -> None:
    facts = json.loads((released.published / "v000001" / "certificate.json").read_text("utf-8"))
    assert facts["release_id"] == "v000001"
    assert facts["parent_release_id"] is None
    assert facts["as_of"] == "2026-03-01"
    assert facts["inputs"]["deliveries"][0]["entity"] == "handoffs"
    assert facts["tables"]["sdr_ranking"] == 3
    assert facts["tools"]["duckdb"] == duckdb.__version__
    assert [c["check_id"] for c in facts["checks"]] == ["G4.sdr_grain", "G5.volume", "G5.overrides"]
    assert facts["profile"] == {"handoffs": {"rows": 3}}
    for name in ("code_sha256", "config_sha256", "lock_sha256", "content_sha256", "build_id"):
        assert len(facts[name]) == 64


def test_a_held_audit_is_neither_filled_nor_sealed(home: ReleaseHome) -> None:
    home.deliver(1)
    night = plan(home.settings, home.receipts)
    warehouse = build_warehouse(home.settings.work / "warehouse.duckdb", night)
    with pytest.raises(HeldByGate):
        fill(warehouse, night, home.settings, BLOCKED, home.receipts, manifest())
    with pytest.raises(HeldByGate):
        seal(home.settings, warehouse, night, BLOCKED, home.receipts)
    assert not home.published.exists()


def test_a_build_changed_after_it_was_filled_is_refused(home: ReleaseHome) -> None:
    home.deliver(1)
    night, warehouse, audit = home.judged()
    fill(warehouse, night, home.settings, audit, home.receipts, manifest())
    with duckdb.connect(str(warehouse)) as db:
        db.execute("update main.sdr_ranking set leads_sent = leads_sent + 1 where sdr_id = 's1'")
    with pytest.raises(PodiumError, match=r"E-CONTENT .*changed since its audit"):
        seal(home.settings, warehouse, night, audit, home.receipts)


def test_an_export_that_is_not_the_build_is_refused(home: ReleaseHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is compared with the audit is the file that readers get, not the build it was made of."""
    write = seal_module._write_database

    def lossy(db: duckdb.DuckDBPyConnection, dictionary: str, path: Path) -> None:
        write(db, dictionary, path)
        if path.name == "podium.duckdb":
            with duckdb.connect(str(path)) as out:
                out.execute("delete from sdr_ranking where sdr_id = 's1'")

    home.deliver(1)
    night, warehouse, audit = home.judged()
    fill(warehouse, night, home.settings, audit, home.receipts, manifest())
    monkeypatch.setattr(seal_module, "_write_database", lossy)
    with pytest.raises(PodiumError, match=r"E-CONTENT .*changed since its audit"):
        seal(home.settings, warehouse, night, audit, home.receipts)


def test_a_build_that_was_not_filled_is_refused(home: ReleaseHome) -> None:
    home.deliver(1)
    night = plan(home.settings, home.receipts)
    warehouse = build_warehouse(home.settings.work / "warehouse.duckdb", night)
    with pytest.raises(PodiumError, match="E-DICTIONARY data_dictionary"):
        seal(home.settings, warehouse, night, PASSED, home.receipts)


def test_deliveries_that_changed_during_the_night_are_refused(home: ReleaseHome) -> None:
    home.deliver(1)
    night, warehouse, audit = home.judged()
    fill(warehouse, night, home.settings, audit, home.receipts, manifest())
    home.deliver(1)
    with pytest.raises(PodiumError, match="E-INPUTS-MOVED"):
        seal(home.settings, warehouse, night, audit, home.receipts)


def test_the_read_back_notices_a_row_of_another_release(home: ReleaseHome) -> None:
    """Such a directory cannot come from seal; the read-back does not take that on trust either."""
    home.deliver(1)
    night, warehouse, audit = home.judged()
    with duckdb.connect(str(warehouse)) as db:
        db.execute("update main.sdr_ranking set release_id = 'v000099' where sdr_id = 's1'")
    fill(warehouse, night, home.settings, audit, home.receipts, manifest())
    sealed = seal(home.settings, warehouse, night, audit, home.receipts)
    assert verify(sealed)["release_id"] == "v000001"
    with pytest.raises(PodiumError, match=r"E-READ-BACK .*release_id of sdr_ranking"):
        read_back_here(sealed)


def test_an_exposed_table_that_was_not_built_is_named(home: ReleaseHome) -> None:
    home.deliver(1)
    night, warehouse, audit = home.judged()
    fill(warehouse, night, home.settings, audit, home.receipts, manifest())
    with duckdb.connect(str(warehouse)) as db:
        db.execute("drop table main.quarantine_summary")
    with pytest.raises(PodiumError, match="E-DICTIONARY quarantine_summary"):
        seal(home.settings, warehouse, replace(night), audit, home.receipts)
