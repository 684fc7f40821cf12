"""What readers of a release do not open: where pay lies, who may read it, and that nothing else tells it."""

from __future__ import annotations

import grp
import os
import re
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from release_home import PAY, RESTRICTED, TABLES, ReleaseHome, manifest

from pipelines.errors import PodiumError, UsageError
from pipelines.ground import restricted_gid
from pipelines.release import certificate, readers, restricted
from pipelines.release import seal as seal_module
from pipelines.release.lock import night_lock
from pipelines.release.publish import rollback
from pipelines.release.read_back import check as read_back_here
from pipelines.release.seal import seal
from pipelines.release.tables import fill

NOBODY = 65534
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else and give files to any group")


def rows(database: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(database), read_only=True) as db:
        return db.execute(sql).fetchall()


@pytest.fixture
def open_ground() -> Iterator[Path]:
    """A directory that any user reaches, which those of pytest are not."""
    with TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield Path(place)


def other_groups(home: ReleaseHome) -> list[str]:
    """Names of groups of this machine that do not own the home."""
    home.settings.home.mkdir(parents=True, exist_ok=True)
    own = {home.settings.home.stat().st_gid, os.getegid()}
    return [group.gr_name for group in grp.getgrall() if group.gr_gid not in own]


def home_with(tmp_path: Path, **options: object) -> ReleaseHome:
    home = ReleaseHome.at(tmp_path / "home")
    return ReleaseHome.at(tmp_path / "home", restricted_group=other_groups(home)[0], **options)


def modes(release: Path) -> set[tuple[str, int]]:
    place = release / "restricted"
    return {(path.name, stat.S_IMODE(path.stat().st_mode)) for path in (place, *place.rglob("*"))}


def run_as_nobody(place: Path, words: list[str], *groups: int) -> subprocess.CompletedProcess[bytes]:
    """Run a command in `place` as a user who owns nothing and is in `groups`."""
    return subprocess.run(
        words, cwd=place, capture_output=True, user=NOBODY, group=groups[0], extra_groups=groups[1:], timeout=60
    )


def told_as_nobody(act: Callable[[], object], group: int) -> str:
    """What `act` gives in a copy of this process, by a user who owns nothing and is in `group`.

    Not a Python of its own: that one may lie where this user finds nothing.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(60)
            os.setgroups([])
            os.setgid(group)
            os.setuid(NOBODY)
            os.write(write, str(act()).encode())
        except BaseException as error:
            os.write(write, repr(error).encode())
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read, "rb") as told:
        return told.read().decode()


def test_restricted_tables_lie_in_a_database_of_their_own(released: ReleaseHome) -> None:
    release = released.published / "v000001"
    assert [path.name for path in (release / "restricted").iterdir()] == ["restricted.duckdb"]
    database = release / restricted.DATABASE
    assert rows(database, "select table_name, comment from duckdb_tables()") == [
        ("coaching_budget", "About coaching_budget.")
    ]
    assert rows(database, "select column_name, comment, is_nullable from duckdb_columns() where not internal") == [
        (name, f"It's the {name}.", False) for name in ("user_id", "role", "variable_pay", "release_id", "updated_at")
    ]
    assert [str(pay) for (pay,) in rows(database, "select variable_pay from coaching_budget")] == [PAY]
    assert rows(database, "select tags from duckdb_databases() where path is not null") == [
        ({"storage_version": "v1.0.0+"},)
    ]
    assert [path for path in release.rglob("*") if "coaching_budget" in path.name] == []


def test_nothing_that_readers_open_tells_pay(released: ReleaseHome) -> None:
    release = released.published / "v000001"
    for table in TABLES:
        told = rows(release / "podium.duckdb", f"select cast(t as varchar) from {table} as t")
        assert [row for (row,) in told if PAY in str(row)] == [], table
    texts = [path.read_bytes() for path in release.rglob("*") if path.suffix in (".csv", ".json")]
    assert len(texts) > len(TABLES)
    assert [text for text in texts if PAY.encode() in text] == []


def test_the_dictionary_of_readers_has_the_tables_of_readers(released: ReleaseHome) -> None:
    described = rows(
        released.published / "current" / "podium.duckdb", "select distinct table_name from data_dictionary"
    )
    assert {name for (name,) in described} == set(TABLES)


@pytest.mark.parametrize("harm", ["changed", "missing", "added"])
def test_the_certificate_vouches_for_what_is_restricted(released: ReleaseHome, harm: str) -> None:
    release = released.published / "v000001"
    assert certificate.verify(release)["tables"]["coaching_budget"] == 1
    database = release / restricted.DATABASE
    if harm == "added":
        (release / "restricted" / "more.txt").write_text("x")
    elif harm == "missing":
        database.unlink()
    else:
        content = database.read_bytes()
        database.unlink()
        database.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(PodiumError, match="E-CERTIFICATE v000001: restricted/"):
        certificate.verify(release)


def test_the_read_back_notices_a_restricted_row_of_another_release(home: ReleaseHome) -> None:
    home.deliver(1)
    night, warehouse, audit = home.judged()
    with duckdb.connect(str(warehouse)) as db:
        db.execute("update main.coaching_budget set release_id = 'v000099'")
    fill(warehouse, night, home.settings, audit, home.receipts, manifest())
    sealed = seal(home.settings, warehouse, night, audit, home.receipts)
    with pytest.raises(PodiumError, match=r"E-READ-BACK .*release_id of coaching_budget"):
        read_back_here(sealed)


def test_a_restricted_export_that_is_not_the_build_is_refused(
    home: ReleaseHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = seal_module._write_database

    def lossy(db: duckdb.DuckDBPyConnection, dictionary: str, path: Path) -> None:
        write(db, dictionary, path)
        if path.name == "restricted.duckdb":
            with duckdb.connect(str(path)) as out:
                out.execute("update coaching_budget set variable_pay = 0")

    home.deliver(1)
    night, warehouse, audit = home.judged()
    fill(warehouse, night, home.settings, audit, home.receipts, manifest())
    monkeypatch.setattr(seal_module, "_write_database", lossy)
    with pytest.raises(PodiumError, match=r"E-CONTENT .*changed since its audit"):
        seal(home.settings, warehouse, night, audit, home.receipts)


def test_details_of_people_go_to_every_reader_where_that_is_asked_for(tmp_path: Path) -> None:
    home, apart = (ReleaseHome.at(tmp_path / str(open_), publish={"people_details": open_}) for open_ in (True, False))
    outcome, other = home.publish(day=1), apart.publish(day=1)
    assert not (outcome.path / "restricted").exists()
    assert PAY in (outcome.path / "csv" / "coaching_budget.csv").read_text()
    assert duckdb.read_parquet(str(outcome.path / "parquet" / "coaching_budget.parquet")).fetchall()[0][0] == "s1"
    described = rows(outcome.path / "podium.duckdb", "select distinct table_name from data_dictionary")
    assert {name for (name,) in described} == {*TABLES, *RESTRICTED}
    assert certificate.read(outcome.path)["tables"].keys() == certificate.read(other.path)["tables"].keys()
    # The same tables, but another dictionary.
    assert outcome.content_sha256 != other.content_sha256


def test_the_group_of_readers_gets_no_restricted_file(released: ReleaseHome) -> None:
    assert modes(released.published / "v000001") == {("restricted", 0o750), ("restricted.duckdb", 0o400)}


@as_root
def test_a_group_of_managers_gets_the_restricted_part(tmp_path: Path) -> None:
    home = home_with(tmp_path)
    place = home.publish(day=1).path / "restricted"
    assert modes(place.parent) == {("restricted", 0o750), ("restricted.duckdb", 0o440)}
    gid = restricted_gid(home.settings)
    assert {path.stat().st_gid for path in (place, *place.iterdir())} == {gid}
    assert gid not in {path.stat().st_gid for path in place.parent.iterdir() if path != place}


@as_root
def test_a_group_that_owns_the_home_is_not_trusted_by_name_either(tmp_path: Path) -> None:
    home = home_with(tmp_path)
    os.chown(home.settings.home, -1, restricted_gid(home.settings))
    assert ("restricted.duckdb", 0o400) in modes(home.publish(day=1).path)


@as_root
def test_readers_are_refused_and_managers_are_not(tmp_path: Path) -> None:
    home = home_with(tmp_path)
    home.publish(day=1)
    reader, manager = home.settings.home.stat().st_gid, restricted_gid(home.settings)
    home.settings.home.chmod(0o750)
    files = [str(path.relative_to(home.settings.home)) for path in home.published.glob("v*/restricted/*")]
    assert len(files) == 1
    for words in (["cat", *files], ["ls", str(Path(files[0]).parent)]):
        assert b"Permission denied" in run_as_nobody(home.settings.home, words, reader).stderr, words
        assert run_as_nobody(home.settings.home, words, reader, manager).returncode == 0, words
    assert run_as_nobody(home.settings.home, ["cat", "published/current/podium.duckdb"], reader).returncode == 0
    for words in (["rm", "-f", *files], ["touch", *files]):
        assert b"Permission denied" in run_as_nobody(home.settings.home, words, reader, manager).stderr, words


@as_root
def test_the_group_that_owns_the_home_reads_the_release_whoever_runs_the_night(tmp_path: Path) -> None:
    """The home is the readers', the night runs with a group of its own, which alone gets the restricted files."""
    home = ReleaseHome.at(tmp_path / "home")
    readers = grp.getgrnam(other_groups(home)[0]).gr_gid
    os.chown(home.settings.home, -1, readers)
    release = home.publish(day=1).path
    of = {path.relative_to(release).parts[0]: path.stat().st_gid for path in release.rglob("*")}
    assert of.pop("restricted") == os.getegid()
    assert {*of.values(), release.stat().st_gid, home.published.stat().st_gid} == {readers}
    assert ("restricted.duckdb", 0o440) in modes(release)


@as_root
def test_without_a_group_of_managers_the_files_are_the_operators_alone(released: ReleaseHome) -> None:
    reader = released.settings.home.stat().st_gid
    found = run_as_nobody(released.settings.home, ["cat", f"published/v000001/{restricted.DATABASE}"], reader)
    assert b"Permission denied" in found.stderr


@as_root
def test_who_may_not_open_the_restricted_part_asks_and_lists_as_before(open_ground: Path) -> None:
    home = ReleaseHome.at(open_ground / "home")
    release = home.publish(day=1).path
    reader = home.settings.home.stat().st_gid

    def asked() -> object:
        answer = readers.query(home.settings, "select count(*) as people from sdr_ranking").to_pylist()
        return [one["release_id"] for one in readers.list_releases(home.settings)], answer

    def opened() -> object:
        return rows(release / restricted.DATABASE, "from coaching_budget")

    assert told_as_nobody(asked, reader) == "(['v000001'], [{'people': 3}])"
    assert re.search(r"restricted\.duckdb.*Permission denied", told_as_nobody(opened, reader))


@pytest.mark.parametrize(
    "sql",
    [
        "select * from coaching_budget",
        "select * from restricted.main.coaching_budget",
        "select * from '{}'",
        "attach '{}' as r",
    ],
)
def test_a_query_never_reaches_what_is_restricted(released: ReleaseHome, sql: str) -> None:
    database = released.published / "current" / restricted.DATABASE
    with pytest.raises(UsageError, match="E-QUERY"):
        readers.query(released.settings, sql.format(database))


def test_a_query_opens_no_restricted_file(released: ReleaseHome) -> None:
    shutil.rmtree(released.published / "v000001" / "restricted")
    assert readers.query(released.settings, "select count(*) as n from sdr_ranking").to_pylist() == [{"n": 3}]


def test_the_restricted_part_goes_where_its_release_goes(home: ReleaseHome) -> None:
    kept_one = home.settings.config.model_copy(update={"keep_releases": 1})
    home.settings = replace(home.settings, config=kept_one)
    for day in range(1, 5):
        home.publish(day=day)
    kept = {path.parent.name for path in home.published.glob("v*/restricted")}
    assert kept == {path.name for path in home.published.glob("v*")} == {"v000002", "v000003", "v000004"}
    assert rollback(home.settings).release_id == "v000003"
    assert (home.published / "current" / restricted.DATABASE).is_file()


def test_a_group_that_nobody_knows_stops_the_night_before_it_writes(tmp_path: Path) -> None:
    home = ReleaseHome.at(tmp_path / "home", restricted_group="no-such-group")
    with pytest.raises(UsageError, match=r"E-GROUP restricted_group: no-such-group is no group of this machine, "):
        night_lock(home.settings).__enter__()
    assert not home.settings.home.exists()


def test_a_group_that_the_operator_is_not_in_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = ReleaseHome.at(tmp_path / "home")
    name = other_groups(home)[0]
    wanted = ReleaseHome.at(tmp_path / "home", restricted_group=name).settings
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
    monkeypatch.setattr(os, "getgroups", lambda: [])
    with pytest.raises(UsageError, match=rf"E-GROUP restricted_group: Podium's user is not in {name} and may not"):
        restricted_gid(wanted)
    gid = grp.getgrnam(name).gr_gid
    monkeypatch.setattr(os, "getgroups", lambda: [gid])
    assert restricted_gid(wanted) == gid
