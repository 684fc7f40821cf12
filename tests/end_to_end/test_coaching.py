"""What a newcomer finds about coaching in the demo: whose helps, whose only seems to, and a weak spot no rank shows.

The demo is the one that `make run` makes; a smaller one has too few people to compare anybody with.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from homes import Home

from pipelines.demo import make_demo
from pipelines.release import databases


@pytest.fixture(scope="module")
def published(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, str], Home]]:
    """The release of the demo's first night, all its tables as views, and who plays which part."""
    place = tmp_path_factory.mktemp("coaching")
    cast = make_demo(place / "home" / "inbox").cast
    home = Home(place / "home", ())
    home.podium("run")
    with duckdb.connect(":memory:") as db:
        databases.attach(db, Path(home.path / "published" / "current").resolve())
        yield db, cast, home


def one(db: duckdb.DuckDBPyConnection, sql: str, *values: str) -> dict[str, Any]:
    [row] = db.execute(sql, list(values)).df().to_dict("records")
    return {str(name): value for name, value in row.items()}


def test_a_coach_who_helps_is_told_from_one_who_follows_bad_luck(published: Any) -> None:
    db, cast, _ = published
    about = "select * from coaching_effect where metric = 'acceptance_rate' and coach_id = ?"
    helps, consoles = one(db, about, cast["closer_ae"]), one(db, about, cast["fed_ae"])
    assert (helps["tier"], consoles["tier"]) == ("clearly_above", "not_separable")
    assert consoles["naive_change"] > 0.08
    assert abs(consoles["effect"]) < 0.05
    assert helps["effect"] > 0.05
    assert min(helps["episodes"], consoles["episodes"]) >= 10


def test_a_brief_finds_the_weak_spot_that_no_rank_shows(published: Any) -> None:
    db, cast, home = published
    careless = cast["careless_sdr"]
    topic = one(db, "select * from one_on_one_brief where section = 'topic' and user_id = ?", careless)
    tier = one(
        db,
        "select tier from metric_ranking where metric = 'acceptance_rate' and user_id = ? and period_type = 'quarter' "
        "and is_complete order by period_start desc limit 1",
        careless,
    )
    assert tier["tier"] == "not_separable"
    assert "'Missing fields'" in topic["text"]
    printed = home.podium("brief", careless).stdout
    assert "'Missing fields' is behind" in printed
    assert len([line for line in printed.splitlines() if line[:2].strip().isdigit()]) <= 12


def test_the_coach_who_helps_is_proposed_first_with_what_is_known_of_it(published: Any) -> None:
    db, cast, _ = published
    first = one(
        db,
        "select * from coach_candidates where coachee_id = ? and coachee_metric = 'acceptance_rate' and priority = 1",
        cast["careless_sdr"],
    )
    assert first["user_id"] == cast["closer_ae"]
    assert first["past_effect"] > 0.03
    line = one(db, "select * from one_on_one_brief where section = 'coach' and user_id = ?", cast["careless_sdr"])
    assert line["person_id"] == cast["closer_ae"]
    assert "went along with a change of +" in line["text"]


@pytest.mark.slow
def test_briefs_speak_russian(published: Any, tmp_path: Path) -> None:
    """Both languages say the same sentences: what differs is the catalogue."""
    _, cast, home = published
    russian = home.copy(tmp_path / "home")
    (russian.path / "podium.yml").write_text("report: {language: ru}\n", "utf-8")
    russian.podium("run")
    printed = russian.podium("brief", cast["careless_sdr"]).stdout
    assert "«Missing fields»" in printed
    assert "{" not in printed


def test_pay_for_a_day_of_coaching_is_the_loss_and_half_of_it(published: Any) -> None:
    db, cast, _ = published
    closer = one(db, "select * from coaching_budget where user_id = ? and role = 'AE'", cast["closer_ae"])
    assert float(closer["pay_per_day"]) == pytest.approx(1.5 * float(closer["loss_per_day"]), abs=0.02)
    assert closer["coaching_days"] > 0
    assert float(closer["coaching_cost"]) > 0
