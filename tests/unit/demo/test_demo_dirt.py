"""What is wrong on purpose: enough of each kind to be seen, never so much that a file or a night is refused."""

from __future__ import annotations

from collections import Counter

import pytest
from demo_reading import Made, deliveries, records

from pipelines.demo.dirt import tolerated


def test_a_newcomer_sees_every_kind_of_broken_row(usual: Made) -> None:
    [folder] = deliveries(usual.directory)
    flaws: dict[str, Counter[str]] = {}
    for path in folder.glob("*.csv*"):
        found = Counter(record.flaw for record in records(path) if record.flaw)
        if found:
            flaws[path.name.split(".")[0]] = found
    assert flaws["activities"] == {"bad timestamp": 2, "ragged": 2, "missing required": 1, "unknown value": 1}
    assert flaws["handoffs"]["unknown value"] == 1
    assert flaws["leads"].keys() == {"ragged", "bad timestamp", "bad boolean"}
    assert flaws["invoices"].keys() == {"missing required", "bad money"}
    assert flaws.keys() == {"activities", "handoffs", "leads", "invoices"}


def test_exact_duplicates_are_few_and_exact(usual: Made) -> None:
    [folder] = deliveries(usual.directory)
    for name, expected in (("activities.csv", 3), ("leads.csv.gz", 1), ("handoffs.csv", 0)):
        cells = Counter(record.cells for record in records(folder / name) if not record.flaw)
        assert sum(count - 1 for count in cells.values()) == expected


@pytest.mark.parametrize("demo", ["usual", "one_night", "many_nights"])
def test_no_file_holds_more_than_intake_tolerates(demo: str, request: pytest.FixtureRequest) -> None:
    broken = 0
    for folder in deliveries(request.getfixturevalue(demo).directory):
        for path in folder.glob("*.csv*"):
            found = records(path)
            flawed = sum(bool(record.flaw) for record in found)
            assert flawed <= min(20, max(1, 0.001 * len(found))), f"{folder.name}/{path.name}"
            broken += flawed
    assert broken > 0


@pytest.mark.parametrize(("rows", "most"), [(1, 1), (999, 1), (2_500, 2), (10_000_000, 20)])
def test_the_budget_follows_the_rows(rows: int, most: int) -> None:
    assert tolerated(rows) == most


def test_a_broken_row_takes_no_good_row_away(usual: Made) -> None:
    [folder] = deliveries(usual.directory)
    found = records(folder / "activities.csv")
    good = {record.row["activity_id"] for record in found if not record.flaw}
    assert not good & {record.cells[0] for record in found if record.flaw}
    numbers = sorted(int(activity_id[1:]) for activity_id in good)
    assert numbers[0] == 1
    assert len(numbers) > 0.999 * numbers[-1]


def test_later_nights_bring_a_broken_row_now_and_then(many_nights: Made) -> None:
    later = [
        record.flaw
        for folder in deliveries(many_nights.directory)[1:]
        for path in folder.glob("*.csv*")
        for record in records(path)
        if record.flaw
    ]
    assert 1 <= len(later) <= 5
