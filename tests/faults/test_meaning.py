"""Every row of sections B and D, and of A where exports stand beside others: injected as it says, and judged by the
outcome it names.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.fault import Fault
from tests.faults.feeds import FEEDS
from tests.faults.meaning import LOGIC, RECORDS

TABLE = (*FEEDS, *RECORDS, *LOGIC)


@pytest.mark.parametrize("fault", [pytest.param(fault, id=f"{fault.section}{fault.number}") for fault in TABLE])
def test_fault(fault: Fault, tmp_path: Path) -> None:
    fault.verify(fault.inject(tmp_path))


def test_every_fault_stands_once() -> None:
    numbers = [(fault.section, fault.number) for fault in TABLE]
    assert numbers == sorted(set(numbers))
