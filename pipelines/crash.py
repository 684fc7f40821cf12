"""Named places where a night can be made to die, and what has just happened there. Inert unless a test asks for one.

Only the list of steps and the dying belong here; where a step stands is said by `crash_point` in the code of that step,
and what must be true afterwards by tests/faults. The variable is read here and not in settings.py: the points stand in
functions that know nothing of Settings, and no option of a user leads to them.
"""

from __future__ import annotations

import os
import signal

VARIABLE = "PODIUM_CRASH_AT"

# The steps of a night in their order (`S5:3` is the third point of S5), each point by what was done last.
STEPS: dict[str, tuple[str, ...]] = {
    "S0": (
        "the lock is held",
        "the inbox was looked at",
    ),
    "S1": (
        "a file is copied and has no name yet",
        "a file is archived",
        "all new files are archived",
        "what they are is recorded beside them",
    ),
    "S2": (
        "a file is about to be read",
        "a file was read and checked, nothing of it is kept yet",
    ),
    "S3": (
        "the rows set aside are in their place",
        "the rows are in their place, without a receipt",
        "the receipt is written and has no name yet",
        "the receipt is in its place",
    ),
    "S4": (
        "the night is planned",
        "half of the warehouse is laid",
        "the warehouse is laid",
    ),
    "S5": (
        "dbt is about to start",
        "dbt has built a model",
        "dbt has ended, what it parsed is not kept yet",
        "the warehouse is built",
    ),
    "S6": (
        "the gate is about to judge",
        "the gate has judged",
        "a refused build lies in its draft",
        "a refused build has its name, and no row in the ledger",
        "a refused build is written down",
    ),
    "S7": (
        "the tables about the release are filled",
        "the tables are exported, without a certificate",
        "the release is sealed",
    ),
    "S8": (
        "the sealed release is proven",
        "the release lies in its place, the pointer does not know it",
    ),
    "S9": (
        "the new pointer is drafted",
        "the pointer is swapped",
    ),
    "S10": (
        "the release is about to be read back",
        "the release was read back, without a row in the ledger",
    ),
    "S11": (
        "the release is written down",
        "an old release is removed",
    ),
}


def crash_point(step: str, number: int) -> None:
    """Die here as in a power cut, if this is the point that `PODIUM_CRASH_AT` names, such as `S5:3`."""
    if os.environ.get(VARIABLE) == f"{step}:{number}":
        _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
