"""Section C of the fault catalogue: processes, disks, races. One row per fault, injected and judged by the tables."""

from __future__ import annotations

from tests.faults.fault import Fault
from tests.faults.kills import KILLS

PROCESS: tuple[Fault, ...] = (*KILLS,)
