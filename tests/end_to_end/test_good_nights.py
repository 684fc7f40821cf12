"""Nights that publish: the first, the one after, one that was interrupted, and the same inputs in another home."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import signal
from pathlib import Path

import duckdb
import pytest
from homes import Home, exposed_tables

from pipelines.intake.take import take_deliveries
from pipelines.settings import PROJECT_ROOT, Settings


def test_a_first_night_publishes_and_says_who_leads_what_was_set_aside_and_where(demo_home: Home) -> None:
    told = (demo_home.path.parent / "first-run.txt").read_text()
    assert "Published v000001 as of " in told
    assert [line.split()[0] for line in told.splitlines() if " by " in line and "ranked)" in line] == [
        "SDR",
        "AE",
        "AM",
    ]
    assert "Set aside" in told
    assert str(demo_home.path / "published" / "current") in told
    assert demo_home.current == "v000001"
    assert demo_home.ledger()[-1]["kind"] == "published"


def test_every_delivered_byte_is_archived(demo_home: Home) -> None:
    delivered = [
        path for path in (demo_home.path / "inbox").rglob("*.*") if path.name != "_manifest.json" and path.is_file()
    ]
    archived = {path.name[:64] for path in (demo_home.path / "archive").rglob("*") if path.is_file()}
    assert {hashlib.sha256(path.read_bytes()).hexdigest() for path in delivered} <= archived


def test_the_last_thing_shown_is_what_was_done(demo_home: Home) -> None:
    status = json.loads(demo_home.podium("status", "--json").stdout)
    assert status["current"]["release_id"] == "v000001"
    assert status["current"]["is_verified"] is True
    assert status["decisions"][0]["kind"] in ("published", "nothing_new")


def test_a_run_with_nothing_new_says_so_and_builds_nothing(demo_home: Home, tmp_path: Path) -> None:
    home = demo_home.copy(tmp_path / "home")
    before = home.published_bytes()
    done = home.podium("run")
    assert done.stdout.startswith("Nothing new: v000001 is current")
    assert home.ledger()[-1]["kind"] == "nothing_new"
    assert home.published_bytes() == before


@pytest.fixture(scope="module")
def interrupted_home(demo_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose second night was ended by SIGTERM while dbt was building."""
    home = demo_home.copy(tmp_path_factory.mktemp("interrupted") / "home")
    home.deliver(0)
    run = home.start("run")
    assert run.stderr is not None
    for line in run.stderr:
        if " dbt " in line:
            break
    run.send_signal(signal.SIGTERM)
    _, told = run.communicate(timeout=30)
    assert run.returncode == 130, told
    assert "I-INTERRUPTED" in told
    return home


@pytest.fixture(scope="module")
def second_night(interrupted_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The plain run after it, on a Dagster instance whose database is no database any more."""
    home = interrupted_home.copy(tmp_path_factory.mktemp("second") / "home")
    for database in (home.path / "dagster").rglob("*.db"):
        database.write_bytes(b"not a database" * 100)
    done = home.podium("run")
    assert "was moved to" in done.stderr
    return home


def test_an_interrupted_night_leaves_the_last_release_and_a_row_in_the_ledger(
    demo_home: Home, interrupted_home: Home
) -> None:
    assert interrupted_home.published_bytes() == demo_home.published_bytes()
    assert interrupted_home.ledger()[-1]["kind"] == "interrupted"


def test_the_next_plain_run_publishes_without_dagsters_history(second_night: Home) -> None:
    assert second_night.ledger()[-1]["kind"] == "published"
    assert second_night.current == second_night.ledger()[-1]["release_id"] != "v000001"
    assert len(list(second_night.path.glob("dagster.unreadable-*"))) == 1
    assert list((second_night.path / "dagster").rglob("runs.db"))


def test_every_published_table_carries_the_one_release(second_night: Home) -> None:
    with duckdb.connect(str(second_night.path / "published" / "current" / "podium.duckdb"), read_only=True) as db:
        tables = [name for (name,) in db.execute("select table_name from duckdb_tables()").fetchall()]
        seen = {row for table in tables for row in db.execute(f"select distinct release_id from {table}").fetchall()}
    assert set(tables) == exposed_tables("release")
    with duckdb.connect(
        str(second_night.path / "published/current/restricted/restricted.duckdb"), read_only=True
    ) as db:
        kept = {name for (name,) in db.execute("select table_name from duckdb_tables()").fetchall()}
    assert kept == exposed_tables("restricted")
    assert seen == {(second_night.current,)}


def test_the_same_deliveries_in_any_order_and_doubled_make_the_same_content(
    demo_home: Home, second_night: Home, tmp_path: Path
) -> None:
    first = next((demo_home.path / "inbox").glob("*/*"))
    home = Home(tmp_path / "home", (*demo_home.later, first))
    home.path.mkdir()
    shutil.copy(demo_home.path / "podium.yml", home.path)
    settings = Settings.load(home=home.path, env={})
    for number in (0, -1):
        home.deliver(number)
        take_deliveries(settings)
    again = home.path / "inbox" / first.parent.name / first.name
    shutil.copy(again / "opportunities.csv", again / "opportunities_2.csv")
    home.podium("run")
    assert home.certificate()["content_sha256"] == second_night.certificate()["content_sha256"]


def test_an_older_day_is_built_beside_and_does_not_move_current(second_night: Home, tmp_path: Path) -> None:
    home = second_night.copy(tmp_path / "home")
    current, first_day = home.current, home.certificate("v000001")["as_of"]
    (home.path / "podium.yml").write_text("quiet_seconds: 0\nacceptance_sla_hours: 48\n")
    done = home.podium("run", "--as-of", first_day)
    beside = home.ledger()[-1]["release_id"]
    assert (home.current, home.certificate(beside)["as_of"]) == (current, first_day)
    assert f"beside the current {current}" in done.stdout
    assert home.podium("run", "--as-of", first_day).stdout.startswith(f"Nothing new: {beside} lies beside")


def test_progress_is_shown_as_the_parts_said_it(demo_home: Home) -> None:
    progress = (demo_home.path.parent / "first-run-progress.txt").read_text()
    shown = [line.split(maxsplit=2) for line in progress.splitlines()]
    assert {part for _, part, _ in shown} >= {"intake", "dbt", "gate", "release"}
    assert next(said for _, part, said in shown if part == "intake").startswith("1/")


def test_coaches_own_months_with_and_without_coaching_are_told_apart(demo_home: Home) -> None:
    """The worked query for analysts, on whoever of the demo coaches: all their months, once, and none else's."""
    page = (PROJECT_ROOT / "docs" / "for-analysts.md").read_text("utf-8")
    (query,) = (one for one in re.findall(r"```sql\n(.*?)```", page, re.DOTALL) if " as coached," in one)
    with duckdb.connect(str(demo_home.path / "published" / "current" / "podium.duckdb"), read_only=True) as db:
        told = db.execute(query).fetchall()
        held = db.execute(
            "select ae_id, full_name, sdr_sessions + ae_sessions as sessions, deals_won from ae_ranking "
            "where period_type = 'month' and is_complete and in_role_at_end"
        ).fetchall()
    coaches = {ae for ae, _, sessions, _ in held if sessions}
    assert {name for name, *_ in told} == {name for ae, name, _, _ in held if ae in coaches}
    assert {coached for _, coached, *_ in told} == {True, False}
    assert sum(months for _, _, months, *_ in told) == sum(ae in coaches for ae, *_ in held)
    assert sum(row[3] for row in told) == sum(sessions for _, _, sessions, _ in held)
    won = sum(deals for ae, _, _, deals in held if ae in coaches)
    assert round(sum(months * deals for _, _, months, _, deals, *_ in told)) == won
