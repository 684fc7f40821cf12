"""Every row of safety.py: injected as it says, and judged by the outcome it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.fault import Fault
from tests.faults.safety import SAFETY


@pytest.mark.parametrize("fault", [pytest.param(fault, id=f"{fault.section}{fault.number}") for fault in SAFETY])
def test_fault(fault: Fault, tmp_path: Path) -> None:
    fault.verify(fault.inject(tmp_path))
