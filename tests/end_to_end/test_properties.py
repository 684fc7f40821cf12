"""What a release must not depend on: the order, the files and the repetition of deliveries, and what came after D.

Whole nights are costly, so there are few examples here and more among the slow tests; each is made from one number.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random

import duckdb
import pytest
from homes import Home
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from rearranged import Drop, deliver, read_drop, rearranged, set_aside_by_intake

from tests.recomputation.nasty import CONFIG, EARLIER, write_nasty

IDLE = {"idle-sdr": "SDR", "idle-ae": "AE", "idle-am": "AM"}
SINCE = "2026-03-01"
TABLES = {"SDR": ("sdr_ranking", "leads_sent"), "AE": ("ae_ranking", "deals_won"), "AM": ("am_ranking", "closing")}


def few(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Hypothesis with so many nights, the same ones every time and without searching for a smaller failure."""
    return settings(max_examples=examples, deadline=None, derandomize=True, phases=[Phase.generate])


def new_home(path: Path) -> Home:
    path.mkdir(parents=True)
    (path / "podium.yml").write_text("quiet_seconds: 0\n")
    return Home(path, ())


@pytest.fixture(scope="module")
def drop(demo_home: Home) -> Drop:
    """The demo's deliveries; with the last come three people who never do anything."""
    first = next((demo_home.path / "inbox").glob("*/*"))
    deliveries = read_drop([first, *demo_home.later])
    last = deliveries[max(deliveries)]
    for entity, rows in idle_people().items():
        header = deliveries[min(deliveries)][entity][0]
        last.setdefault(entity, [header])
        last[entity] += [[row.get(name, "") for name in header] for row in rows]
    return deliveries


def idle_people() -> dict[str, list[dict[str, str]]]:
    """Rows of users and assignments."""
    updated = {"updated_at": f"{SINCE}T00:00:00Z"}
    return {
        "users": [{"user_id": user, "full_name": user.upper(), **updated} for user in IDLE],
        "assignments": [{"user_id": user, "role": role, "valid_from": SINCE, **updated} for user, role in IDLE.items()],
    }


@pytest.fixture(scope="module")
def plain(drop: Drop, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """One night over all deliveries, one file per entity."""
    home = new_home(tmp_path_factory.mktemp("plain") / "home")
    deliver(drop, home.path)
    home.podium("run")
    return home


def test_people_without_events_stay_visible_from_their_first_month_on(plain: Home) -> None:
    with duckdb.connect(str(plain.path / "published" / "current" / "podium.duckdb"), read_only=True) as connection:
        for user, role in IDLE.items():
            table, count = TABLES[role]
            rows = connection.execute(
                f"select period_start, full_name, {count}, is_ranked, rank from {table}"
                f" where {role.lower()}_id = ? and period_type = 'month' order by period_start",
                [user],
            ).fetchall()
            assert [start for start, *_ in rows] == [date(2026, month, 1) for month in range(3, 10)]
            assert {(name, float(value)) for _, name, value, _, _ in rows} == {(user.upper(), 0.0)}
            assert all(rank is None for *_, is_ranked, rank in rows if not is_ranked)


def same_content_however_delivered(drop: Drop, plain: Home, place: Path, seed: int) -> None:
    random = Random(seed)
    home = new_home(place / f"home-{seed}")
    set_aside = set_aside_by_intake(plain.path)
    assert set_aside
    deliver(rearranged(drop, set_aside, random), home.path, random)
    home.podium("run")
    assert home.certificate()["content_sha256"] == plain.certificate()["content_sha256"]


@few(1)
@given(seed=st.integers(0, 2**32 - 1))
def test_permuting_splitting_and_doubling_deliveries_changes_nothing(
    drop: Drop, plain: Home, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    same_content_however_delivered(drop, plain, tmp_path_factory.mktemp("rearranged"), seed)


@pytest.mark.slow
@few(10)
@given(seed=st.integers(0, 2**32 - 1))
def test_permuting_splitting_and_doubling_deliveries_never_changes_anything(
    drop: Drop, plain: Home, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    same_content_however_delivered(drop, plain, tmp_path_factory.mktemp("rearranged"), seed)


def test_a_backfill_of_an_old_day_equals_what_that_night_gave(demo_home: Home, plain: Home, tmp_path: Path) -> None:
    home = plain.copy(tmp_path / "home")
    then = demo_home.certificate()
    home.podium("run", "--as-of", then["as_of"])
    beside = home.certificate(home.ledger()[-1]["release_id"])
    assert beside["as_of"] == then["as_of"] != plain.certificate()["as_of"]
    assert beside["content_sha256"] == then["content_sha256"]


@pytest.mark.slow
def test_a_backfill_equals_that_night_where_the_crm_is_at_its_worst(tmp_path: Path) -> None:
    contents = []
    for name, is_known in (("then", lambda day: day <= EARLIER), ("now", lambda _: True)):
        home = tmp_path / name
        write_nasty(home / "all")
        for folder in (home / "all").glob("*/*"):
            if is_known(date.fromisoformat(folder.name)):
                target = home / "inbox" / folder.parent.name / folder.name
                target.parent.mkdir(parents=True, exist_ok=True)
                folder.rename(target)
        (home / "podium.yml").write_text(CONFIG)
        Home(home, ()).podium("run", "--as-of", str(EARLIER))
        contents.append(Home(home, ()).certificate()["content_sha256"])
    assert contents[0] == contents[1]
