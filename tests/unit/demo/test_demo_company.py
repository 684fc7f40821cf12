"""Size and shape: as many people, months and activities as asked for, odd rows within bounds, references that hold."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from demo_reading import Made, deliveries, manifest

from pipelines.demo import make_demo
from pipelines.demo.touches import ROWS_PER_CHUNK, chunks
from pipelines.demo.world import Size, build

UNKNOWN_USER = "U9999"


def test_the_usual_company_has_the_usual_shape(usual: Made) -> None:
    assert usual.summary.people == len(usual.state.rows["users"]) == 50
    first_roles = Counter(
        row["role"] for row in usual.state.live("assignments") if row["valid_from"] < date(2024, 9, 2)
    )
    assert first_roles["SDR"] > first_roles["AE"] > first_roles["AM"] > first_roles["manager"] > 1
    assert 39_000 < len(usual.state.rows["activities"]) < 41_000
    months = {row["occurred_at"].strftime("%Y-%m") for row in usual.state.live("activities")}
    assert (min(months), max(months), len(months)) == ("2024-09", "2026-09", 25)


def test_people_months_and_activities_are_taken_at_their_word(tmp_path: Path) -> None:
    summary = make_demo(tmp_path, people=23, months=5, activities=3_000)
    assert summary.people == summary.rows["users"] == 23
    assert summary.rows["activities"] == pytest.approx(3_000, abs=30)
    assert len(list((tmp_path / "crm").iterdir())) == 1


@pytest.mark.parametrize(
    ("activities", "people", "leads"), [(None, 50, 6_666), (1_000_000, 50, 50_000), (10_000_000, 333, 500_000)]
)
def test_leads_and_people_follow_very_many_activities(activities: int | None, people: int, leads: int) -> None:
    size = Size.of(50, 24, activities)
    assert (size.people, size.leads) == (people, leads)


def test_working_hours_and_days(usual: Made) -> None:
    occurred = [row["occurred_at"] for row in usual.state.live("activities")]
    assert all(7 <= moment.hour < 17 for moment in occurred)
    assert 0 < sum(moment.weekday() > 4 for moment in occurred) < 0.02 * len(occurred)
    sent = [row["sent_at"] for row in usual.state.live("handoffs")]
    assert all(moment.weekday() < 5 for moment in sent)


def test_references_lead_somewhere(usual: Made) -> None:
    state = usual.state
    id_of = {"users": "user_id", "opportunities": "opportunity_id", "accounts": "account_id", "leads": "lead_id"}
    keys = {entity: {row[column] for row in state.rows[entity].values()} for entity, column in id_of.items()}
    for entity, column, parent in (
        ("leads", "sdr_id", "users"),
        ("activities", "user_id", "users"),
        ("activities", "lead_id", "leads"),
        ("activities", "opportunity_id", "opportunities"),
        ("activities", "account_id", "accounts"),
        ("handoffs", "sdr_id", "users"),
        ("handoffs", "ae_id", "users"),
        ("handoffs", "opportunity_id", "opportunities"),
        ("opportunities", "lead_id", "leads"),
        ("opportunities", "account_id", "accounts"),
        ("opportunity_history", "opportunity_id", "opportunities"),
        ("account_owners", "account_id", "accounts"),
        ("account_owners", "am_id", "users"),
        ("invoices", "account_id", "accounts"),
        ("assignments", "manager_id", "users"),
        ("coaching_sessions", "coachee_id", "users"),
    ):
        named = {row[column] for row in state.live(entity)} - {None}
        assert named, f"{entity}.{column}"
        assert named <= keys[parent], f"{entity}.{column}"


def test_odd_rows_are_there_and_few(usual: Made) -> None:
    state = usual.state
    leads = {row["lead_id"] for row in state.rows["leads"].values()}
    handoffs = state.live("handoffs")
    orphans = [row for row in handoffs if row["lead_id"] not in leads]
    assert 1 <= len(orphans) < 0.002 * len(handoffs)
    deals = state.live("opportunities")
    assert 1 <= sum(row["owner_id"] == UNKNOWN_USER for row in deals) < 0.002 * len(deals)
    rated = {row["currency"] for row in state.live("fx_rates")} | {"EUR"}
    invoices = state.live("invoices")
    unrated = [row for row in invoices if row["currency"] not in rated]
    assert len(unrated) >= 1
    assert sum(row["amount"] for row in unrated) < sum(row["amount"] for row in invoices) / 200
    assert {row["currency"] for row in invoices} >= {"EUR", "USD", "GBP"}


def test_credit_notes_are_negative_and_everything_else_is_not(usual: Made) -> None:
    for row in usual.state.live("invoices"):
        assert (row["amount"] < 0) == (row["kind"] == "credit")


def test_activities_are_made_in_bounded_chunks() -> None:
    world = build(Size.of(12, 6, 600_000), seed=7)
    sizes = [chunk.occurred.size for chunk in chunks(world.touches, 0, world.calendar.end * 86_400)]
    assert max(sizes) < 2 * ROWS_PER_CHUNK
    assert sum(sizes) == 600_000


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="peak memory is read from /proc, which only Linux has"
)
def test_a_larger_demo_takes_little_more_memory(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from pipelines.demo import make_demo;"
        "make_demo(Path(sys.argv[1]), people=20, months=12, activities=200_000);"
        "print(Path('/proc/self/status').read_text())"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    # Not getrusage: its peak is inherited from the process that started this one.
    [peak_kb] = re.findall(r"^VmHWM:\s+(\d+) kB$", done.stdout, re.MULTILINE)
    assert int(peak_kb) < 300 * 1024
    [folder] = deliveries(tmp_path)
    assert manifest(folder)["files"]["activities.csv"]["rows"] == pytest.approx(200_000, rel=0.001)
