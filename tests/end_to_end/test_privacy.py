"""Who a client, a lead or a contact is stays where the deliveries are: in inbox, archive, raw rows and private builds.
And a night speaks to nobody.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from corrections import correct, delivered
from homes import PODIUM, Home, environment

# Planted where the CRM keeps free text and personal data, in rows that are loaded and in one that is set aside.
CANARY = "Zebulon.Quackenbush"
MAIL, PHONE, PLACE = f"{CANARY}@example.org", "+49 171 9988776", "https://notes.example.com/zq-9988776"
PAY = 4715382.67
MARKUP = "<script>alert(1)</script> [x](javascript:alert(2)) {{ 7 * 7 }}"
SECRET = "swordfish-9041"
NOBODY = 65534
# Deliveries, rows as delivered, and builds that nobody but the operator opens.
VAULT = ("inbox", "archive", "raw", "work", "held")


@pytest.fixture(scope="module")
def planted(demo_home: Home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, str]:
    """A home after a night over canaries and one that failed, under no umask and with a secret in the environment; and
    all that the runs said.
    """
    home = demo_home.copy(tmp_path_factory.mktemp("planted") / "home")
    lead, account, deal = (delivered(home, name)[-1] for name in ("leads", "accounts", "opportunities"))
    session, activity = delivered(home, "coaching_sessions")[-1], delivered(home, "activities")[-1]
    sdr = next(row["user_id"] for row in delivered(home, "assignments") if row["role"] == "SDR")
    pay = [row for row in delivered(home, "variable_pay") if row["user_id"] == sdr][-1]
    user = [row for row in delivered(home, "users") if row["user_id"] == sdr][-1]
    correct(
        home,
        "2026-09-16",
        {
            "users": [user | {"email": MAIL, "full_name": MARKUP}],
            "leads": [lead | {"status": f"call {PHONE}", "phone": PHONE}],
            "accounts": [account | {"name": CANARY}, account | {"account_id": "", "name": CANARY}],
            "opportunities": [deal | {"loss_reason": f"{CANARY} left"}],
            "coaching_sessions": [session | {"topic": f"about {CANARY}", "notes_url": PLACE}],
            "variable_pay": [pay | {"amount": str(PAY)}],
            "activities": [activity | {"outcome": f"spoke to {CANARY}, {MAIL}"}],
        },
    )
    umask = os.umask(0)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CRM_API_TOKEN", SECRET)
            done = home.podium("run")
            refused = home.podium("run", "--as-of", "1999-01-01", expect=2)
    finally:
        os.umask(umask)
    return home, done.stdout + done.stderr + refused.stdout + refused.stderr


def canaries_in(text: str) -> list[str]:
    return [canary for canary in (CANARY, PHONE, PLACE) if canary.lower() in text.lower()]


def published_texts(home: Home) -> Iterator[tuple[str, str]]:
    """Every text column of every published table, as one text each."""
    for file in sorted((home.path / "published" / "current" / "parquet").glob("*.parquet")):
        relation = duckdb.read_parquet(str(file))
        for name, kind in zip(relation.columns, relation.types, strict=True):
            if str(kind) == "VARCHAR":
                (text,) = relation.aggregate(f"string_agg(distinct \"{name}\", ' ')").fetchone() or ("",)
                yield f"{file.stem}.{name}", text or ""


def test_the_canaries_were_delivered(planted: tuple[Home, str]) -> None:
    raw = planted[0].path / "raw" / "rows"
    names = duckdb.sql(f"select count(*) from '{raw}/accounts/**/*.parquet' where name = '{CANARY}'").fetchone()
    assert names == (1,)


def test_no_release_says_who_a_client_is(planted: tuple[Home, str]) -> None:
    texts = dict(published_texts(planted[0]))
    assert len(texts) > 100
    assert [column for column, text in texts.items() if canaries_in(text)] == []
    csv = "".join(file.read_text("utf-8") for file in (planted[0].path / "published/current/csv").glob("*.csv"))
    assert canaries_in(csv) == []


def test_nothing_beside_the_vault_says_who_a_client_is(planted: tuple[Home, str]) -> None:
    home, said = planted
    assert canaries_in(said) == []
    files = [
        path for path in home.path.rglob("*") if path.is_file() and path.relative_to(home.path).parts[0] not in VAULT
    ]
    assert {"ledger.jsonl", "certificate.json"} <= {path.name for path in files}
    assert any("dagster" in path.parts for path in files)
    found = {path: canaries_in(path.read_bytes().decode("utf-8", errors="ignore")) for path in files}
    # Where the notes of a session are is told to those who may open the restricted part, and to nobody else.
    pages = {path for path in files if path.parent.name == "people" and path.parent.parent.name == "restricted"}
    assert {canary for path in pages for canary in found[path]} == {PLACE}
    assert [str(path) for path, canaries in found.items() if canaries and path not in pages] == []


def test_pay_stands_in_the_restricted_part_alone(planted: tuple[Home, str]) -> None:
    home, said = planted
    release = home.path / "published" / "current"
    with duckdb.connect(str(release / "restricted" / "restricted.duckdb"), read_only=True) as db:
        (greatest,) = db.execute("select max(variable_pay) from coaching_budget").fetchone() or (0,)
    assert greatest >= PAY
    # With its cents: seven digits stand by chance among the sixteen of a share.
    pay = str(PAY)
    with duckdb.connect(str(release / "podium.duckdb"), read_only=True) as db:
        tables = [name for (name,) in db.execute("select table_name from duckdb_tables()").fetchall()]
        told = {
            name: db.execute(f"select string_agg(cast(t as varchar)) from {name} as t").fetchone() for name in tables
        }
    assert "coaching_budget" not in tables
    assert [name for name, text in told.items() if pay in str(text)] == []
    assert pay not in said
    files = [path for path in home.path.rglob("*") if path.is_file()]
    beside = [path for path in files if not {*VAULT, "restricted"} & set(path.relative_to(home.path).parts)]
    assert [str(path) for path in beside if pay.encode() in path.read_bytes()] == []


def test_markup_in_a_name_reaches_no_page(planted: tuple[Home, str]) -> None:
    """A name is published as it is; of what a browser shows, Dagster's pages, none holds it."""
    home, _ = planted
    assert MARKUP in dict(published_texts(home))["metric_ranking.full_name"]
    pages = [path for path in (home.path / "dagster").rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in pages)
    kept = {path.name: path.read_bytes() for path in pages}
    assert [name for name, content in kept.items() if b"<script" in content or b"javascript:" in content] == []
    # Only metadata of this kind is read as markup.
    assert [name for name, content in kept.items() if b"MarkdownMetadata" in content] == []


def test_no_secret_of_the_environment_is_kept_or_said(planted: tuple[Home, str]) -> None:
    home, said = planted
    assert SECRET not in said
    files = [path for path in home.path.rglob("*") if path.is_file()]
    assert any(path.name == "dbt.log" for path in files)
    assert [str(path) for path in files if SECRET.encode() in path.read_bytes()] == []


def test_others_open_nothing_and_readers_only_what_is_published(planted: tuple[Home, str]) -> None:
    home, _ = planted
    own = [path for path in home.path.rglob("*") if "inbox" not in path.parts and not path.is_symlink()]
    private = [path.name for path in home.path.iterdir() if path.is_dir() and path.stat().st_mode & 0o077 == 0]
    assert set(private) >= {"archive", "raw", "work", "memory", "cache", "dagster"}
    made = [path for path in own if path.name not in ("podium.yml", "ledger.jsonl", "ledger.head")]
    assert [str(path) for path in made if path.stat().st_mode & 0o022] == []
    assert {file.stat().st_mode & 0o777 for file in (home.path / "archive").rglob("*") if len(file.name) == 64} == {
        0o440
    }
    if os.getuid():
        pytest.skip("only root can be somebody else")
    for words in ("cat published/current/csv/sdr_ranking.csv", "ls archive", "touch inbox/crm/x"):
        assert _as(home, NOBODY, words).returncode != 0, words
    group = home.path.stat().st_gid
    assert "Permission denied" in _as(home, group, "cat published/current/restricted/restricted.duckdb").stderr
    assert _as(home, group, "cat published/current/csv/sdr_ranking.csv").stdout.startswith("period_type,")
    for words in ("ls archive", "ls raw", "ls work", "ls memory", "ls dagster", "cat ledger.jsonl", "cat .lock"):
        assert "Permission denied" in _as(home, group, words).stderr, words
    for words in (
        "touch published/x",
        "rm published/current",
        "touch published/current/csv/sdr_ranking.csv",
        "touch x",
    ):
        assert "Permission denied" in _as(home, group, words).stderr, words


def _as(home: Home, group: int, words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the home as a user who owns nothing, in `group`."""
    somebody = {"user": NOBODY, "group": group, "extra_groups": []}
    return subprocess.run(words.split(), cwd=home.path, capture_output=True, text=True, **somebody)


def test_a_night_needs_no_network(demo_home: Home, tmp_path: Path) -> None:
    """In a network namespace without any interface a socket to anywhere fails, and so would what needs one."""
    alone = ["unshare", "--net", "--map-root-user"]
    if subprocess.run([*alone, "true"], capture_output=True).returncode:
        pytest.skip("this machine makes no network namespaces")
    home = demo_home.copy(tmp_path / "home")
    home.deliver(0)
    traced = [*alone, str(PODIUM), "run", "--home", str(home.path)]
    done = subprocess.run(traced, capture_output=True, text=True, env=environment(), timeout=300)
    assert done.returncode == 0, done.stderr
    assert home.current == "v000002"
    assert [line for line in done.stderr.splitlines() if "Errno 101" in line or "unreachable" in line] == []
