"""`podium override` and `podium ack`: what was written down, and what a person can type about a held build.

By which rules people decide stands in pipelines/release/deciding.
"""

from __future__ import annotations

from typing import Any

from data_checks.verdict import DecisionKind
from pipelines.release.deciding import commands, decide
from pipelines.settings import Settings


def decided(settings: Settings, kind: DecisionKind, release_id: str, name: str, **said: Any) -> str:
    """Write the decision down; returns one line per check, and what happens next. Raises PodiumError."""
    lines = [
        f"{one.decision_id}: {kind} of {one.check_id}, observed {one.observed}, until {one.expires_at:%Y-%m-%d %H:%M}Z"
        for one in decide(settings, kind, release_id, name, **said)
    ]
    return "\n".join([*lines, "The next podium run that makes the same content uses it, once."])


def ways_out(settings: Settings, build: dict[str, Any]) -> str:
    """What lets a held build through: the commands to type, or that only a repair does."""
    typed = commands(build, str(settings.home))
    if not typed:
        return "Nobody can let it through: repair the data at their source, or the code."
    return "\n".join(["If it is right as it is, say so and run again:", *(f"  {line}" for line in typed)])
