"""What a fault is: a row of the catalogue that can be injected and judged. The rows stand in the tables beside this."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    section: str
    number: int
    title: str
    outcome: str
    inject: Callable
    verify: Callable
    tier: int = 1
