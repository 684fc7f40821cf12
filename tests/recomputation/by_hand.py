"""What the hand-worked examples share: six people, their roles, and one row of the result."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from pipelines.settings import Config
from tests.recomputation.metrics import recompute

USERS = """
    user_id,full_name,updated_at
    s1,Sara,2023-12-01T00:00:00Z
    s2,Sven,2023-12-01T00:00:00Z
    a1,Anna,2023-12-01T00:00:00Z
    a2,Aron,2023-12-01T00:00:00Z
    m1,Mia,2023-12-01T00:00:00Z
    m2,Max,2023-12-01T00:00:00Z
"""
ASSIGNMENTS = """
    user_id,role,valid_from,valid_to,team,manager_id,updated_at
    s1,SDR,2023-01-01,,north,a1,2023-12-01T00:00:00Z
    s2,SDR,2024-01-11,2024-01-21,,,2023-12-01T00:00:00Z
    a1,AE,2023-01-01,,,,2023-12-01T00:00:00Z
    a2,AE,2023-01-01,,,,2023-12-01T00:00:00Z
    m1,AM,2022-01-01,,,,2023-12-01T00:00:00Z
    m2,AM,2022-01-01,,,,2023-12-01T00:00:00Z
"""
JANUARY = date(2024, 1, 1)


def month(
    inbox: Path, table: str, person: str, start: date = JANUARY, config: Config | None = None, as_of: date | None = None
) -> dict[str, Any]:
    """One person's row of one month."""
    return recompute(inbox, config or Config(), as_of)[table]["month", start, person]


def csv(header: str, *rows: str) -> str:
    return "\n".join([header, *rows])
