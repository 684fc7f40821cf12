"""Who a client, a lead or a contact is stays where the deliveries are: in inbox, archive, raw rows and private builds.
And a night speaks to nobody.
"""

from __future__ import annotations

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
# Deliveries, rows as delivered, and builds that nobody but the operator opens.
VAULT = ("inbox", "archive", "raw", "work", "held")


@pytest.fixture(scope="module")
def planted(demo_home: Home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, str]:
    """A home after a night over canaries, and all that the run said."""
    home = demo_home.copy(tmp_path_factory.mktemp("planted") / "home")
    lead, account, deal = (delivered(home, name)[-1] for name in ("leads", "accounts", "opportunities"))
    session, activity = delivered(home, "coaching_sessions")[-1], delivered(home, "activities")[-1]
    user = delivered(home, "users")[-1]
    correct(
        home,
        "2026-09-16",
        {
            "users": [user | {"email": MAIL}],
            "leads": [lead | {"status": f"call {PHONE}", "phone": PHONE}],
            "accounts": [account | {"name": CANARY}, account | {"account_id": "", "name": CANARY}],
            "opportunities": [deal | {"loss_reason": f"{CANARY} left"}],
            "coaching_sessions": [session | {"topic": f"about {CANARY}", "notes_url": PLACE}],
            "activities": [activity | {"outcome": f"spoke to {CANARY}, {MAIL}"}],
        },
    )
    done = home.podium("run")
    return home, done.stdout + done.stderr


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
    assert [str(path) for path in files if canaries_in(path.read_bytes().decode("utf-8", errors="ignore"))] == []


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
