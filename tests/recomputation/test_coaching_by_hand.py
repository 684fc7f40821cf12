"""The recomputation of coaching_effect against an example worked by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import Config
from tests.recomputation.by_hand import USERS, csv
from tests.recomputation.deliver import deliver
from tests.recomputation.metrics import recompute

ASSIGNMENTS = """
    user_id,role,valid_from,valid_to,updated_at
    s1,SDR,2023-01-01,,2023-12-01T00:00:00Z
    s2,SDR,2023-01-01,,2023-12-01T00:00:00Z
    a1,AE,2023-01-01,,2023-12-01T00:00:00Z
"""
SESSIONS = csv(
    "session_id,coach_id,coachee_id,held_on,topic,minutes,updated_at",
    "k1,a1,s1,2024-03-15,career,30,2024-05-31T00:00:00Z",
    "k2,a1,s1,2024-05-14,close_rate_adjusted,,2024-05-31T00:00:00Z",
    "k3,a1,s1,2024-05-14,close_rate,,2024-05-31T00:00:00Z",
    "k4,a1,s2,2024-05-20,lead_velocity,15,2024-05-31T00:00:00Z",
    "k5,s2,a1,2024-01-10,,15,2024-05-31T00:00:00Z",
)


def leads(sdr: str, day: str, accepted: int, sent: int) -> list[str]:
    """Hand-offs of a day, decided at once."""
    decided = [("accepted", n) if n < accepted else ("rejected", n) for n in range(sent)]
    return [f"{sdr}-{day}-{n},{sdr}-{day}-{n},{sdr},a1,{day}T09:00:00Z,{how},{day}T10:00:00Z" for how, n in decided]


@pytest.fixture
def effects(tmp_path: Path) -> dict[tuple[Any, ...], dict[str, Any]]:
    handoffs = [
        *leads("s1", "2024-01-14", 0, 50),  # 61 days before
        *leads("s1", "2024-01-15", 2, 10),
        *leads("s1", "2024-03-15", 50, 50),  # the day itself
        *leads("s1", "2024-05-14", 5, 10),
        *leads("s1", "2024-05-15", 0, 50),  # 61 days after
        *leads("s2", "2024-02-15", 8, 10),
        *leads("s2", "2024-04-15", 6, 10),
    ]
    rows = [f"{row},{row.split(',')[6]}" for row in handoffs]
    header = "handoff_id,lead_id,sdr_id,ae_id,sent_at,decision,decided_at,updated_at"
    tables = {"users": USERS, "assignments": ASSIGNMENTS, "coaching_sessions": SESSIONS}
    deliver(tmp_path, "2024-05-31", handoffs=csv(header, *rows), **tables)
    return recompute(tmp_path, Config(), date(2024, 5, 31))["coaching_effect"]


def test_a_coachee_is_held_against_the_colleague_whom_nobody_coached(
    effects: dict[tuple[Any, ...], dict[str, Any]],
) -> None:
    """Before 2/10 and 8/10, drawn to ½ with the strength of one: 2.5/11 and 8.5/11; after 5/10 and 6/10.

    Of two people each has a third alone, so that the other stands in.
    """
    row = effects["a1", "acceptance_rate"]
    # k1 is about no metric, k2 about what an AE teaches an SDR; k3 about a metric that SDRs do not have.
    assert (row["sessions"], row["coachees"], row["episodes"], row["peers"], row["minutes"]) == (3, 1, 1, 1, 30)
    assert (row["coach_role"], row["coachee_role"]) == ("AE", "SDR")
    assert (row["first_session_on"], row["last_session_on"]) == (date(2024, 3, 15), date(2024, 5, 14))
    assert (row["pre_mean"], row["post_mean"]) == (0.2, 0.5)
    assert row["naive_change"] == pytest.approx(0.3)
    assert row["peer_change"] == pytest.approx(0.6 - 8.5 / 11)
    assert row["effect"] == pytest.approx((0.5 - 2.5 / 11) - (0.6 - 8.5 / 11))
    assert (row["effect_se"], row["effect_shrunk"], row["tier"]) == (None, None, None)  # of one episode


def test_sessions_without_sixty_days_after_or_without_dated_events_are_counted(
    effects: dict[tuple[Any, ...], dict[str, Any]],
) -> None:
    too_soon, undated = effects["a1", "lead_velocity"], effects["s2", "close_rate_adjusted"]
    assert (too_soon["sessions"], too_soon["episodes"], too_soon["effect"]) == (1, 0, None)
    assert (undated["sessions"], undated["episodes"], undated["effect"], undated["peers"]) == (1, 1, None, 0)
    assert len(effects) == 3
