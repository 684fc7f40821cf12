"""Every row of the tables on delivered files: injected as it says, taken by a night, judged by its outcome."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from pipelines.intake.take import take_deliveries
from tests.faults.attacks import ATTACKS
from tests.faults.fault import Fault
from tests.faults.files import FILES
from tests.faults.nights import Night, assert_nothing_lost

TABLE = (*FILES, *ATTACKS)


@pytest.mark.parametrize("fault", [pytest.param(fault, id=f"{fault.section}{fault.number}") for fault in TABLE])
def test_fault(fault: Fault, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    home = fault.inject(tmp_path)
    with caplog.at_level(logging.INFO, "podium"):
        report = take_deliveries(home.settings)
    night = Night(home, report, caplog.messages)
    fault.verify(night)
    assert_nothing_lost(night)


def test_every_fault_stands_once() -> None:
    numbers = [(fault.section, fault.number) for fault in TABLE]
    assert numbers == sorted(set(numbers))
