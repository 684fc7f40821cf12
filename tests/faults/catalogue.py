"""The whole catalogue of faults, and for each what shows that Podium survives it, or what is missing.

`python -m tests.faults.catalogue` (make faults) prints it. A fault is shown by its row in one of the tables beside this
(injected and judged there), or by a test elsewhere that asserts its outcome. Tier 1 belongs to the first release.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.attacks import ATTACKS
from tests.faults.fault import Fault
from tests.faults.feeds import FEEDS
from tests.faults.files import FILES
from tests.faults.meaning import LOGIC, RECORDS
from tests.faults.process import PROCESS
from tests.faults.safety import SAFETY

TABLES: tuple[Fault, ...] = (*FILES, *FEEDS, *ATTACKS, *RECORDS, *PROCESS, *LOGIC, *SAFETY)
SECTIONS = {
    "A": "delivered files",
    "B": "what rows mean",
    "C": "processes, disks, races",
    "D": "logic and gate",
    "E": "security and privacy",
}


@dataclass(frozen=True)
class Entry:
    """A fault without a row in the tables: the test that shows it (`file::test`), or what is missing."""

    section: str
    number: int
    tier: int
    title: str
    shown_by: str = ""
    missing: str = ""


_CLOSED = "end_to_end/test_closed_periods.py"
_CAUSES = f"{_CLOSED}::test_every_change_is_published_with_its_cause_and_its_records"
_SPOILED = "unit/data_checks/test_refusals.py::test_a_spoiled_build_is_stopped"
_PRIVACY = "end_to_end/test_privacy.py"
_DECISIONS = "unit/release/test_decisions.py"

ELSEWHERE: tuple[Entry, ...] = (
    Entry("A", 14, 2, "entities of different exports", missing="the spread of dates is not judged"),
    Entry("A", 32, 2, "ten times the volume", missing="judged by volume checks, not tried at 10 M rows in a test"),
    Entry("A", 36, 1, "the export's user lost sight of rows or fields", _SPOILED),
    Entry("B", 41, 1, "15 and 18 character ids mixed", missing="comes with the CRM sources"),
    Entry("B", 42, 1, "15 character ids in lower case", missing="comes with the CRM sources"),
    Entry("B", 51, 2, "merged leads", missing="exports have no merge of leads"),
    Entry("B", 56, 2, "a restated exchange rate", _CAUSES),
    Entry("B", 64, 2, "a calendar of 4, 4 and 5 weeks", missing="fiscal years begin with any month, no more"),
    Entry("B", 66, 2, "names that look alike", missing="people are ids; twins are not looked for"),
    Entry("B", 67, 1, "another organisation's export", missing="comes with the CRM sources"),
    Entry("C", 84, 2, "a power cut that reorders writes", missing="every write is flushed; no replay of prefixes"),
    Entry(
        "C",
        110,
        1,
        "all lost but archive and ledger",
        "end_to_end/test_rebuild.py::test_the_rebuilt_release_has_the_content_of_the_lost_one",
    ),
    Entry("C", 111, 1, "the alarm cannot be sent", missing="comes with operations"),
    Entry("D", 123, 2, "a slow drift", missing="only the last release is compared"),
    Entry("D", 126, 2, "ranks that move by code alone", missing="no second build of old data by new code"),
    Entry("D", 128, 2, "a gate that would not notice", "faults/test_mutants.py::test_mutants_are_noticed"),
    Entry("E", 136, 1, "formulas in CSV", "unit/release/test_csv_export.py::test_no_cell_runs_and_no_cell_is_lost"),
    Entry("E", 137, 1, "markup in names", f"{_PRIVACY}::test_markup_in_a_name_reaches_no_page"),
    Entry("E", 139, 1, "personal data in published tables", _SPOILED),
    Entry(
        "E",
        140,
        1,
        "personal data in by-products",
        f"{_PRIVACY}::test_nothing_beside_the_vault_says_who_a_client_is",
    ),
    Entry("E", 141, 2, "somebody asks to be erased", missing="not built"),
    Entry("E", 142, 1, "secrets in logs", f"{_PRIVACY}::test_no_secret_of_the_environment_is_kept_or_said"),
    Entry(
        "E",
        143,
        1,
        "pages reachable from outside",
        "end_to_end/test_dagster_night.py::test_nothing_listens_beyond_loopback",
    ),
    Entry(
        "E",
        144,
        1,
        "files that others can write",
        f"{_PRIVACY}::test_others_open_nothing_and_readers_only_what_is_published",
    ),
    Entry(
        "E", 145, 1, "a reader who wants more", "unit/release/test_readers.py::test_a_query_cannot_leave_the_release"
    ),
    Entry("E", 146, 1, "extensions from the network", f"{_PRIVACY}::test_a_night_needs_no_network"),
    Entry("E", 148, 1, "surprising YAML", "unit/test_settings.py::test_values_are_read_as_text"),
    Entry("E", 150, 1, "telemetry", f"{_PRIVACY}::test_a_night_needs_no_network"),
    Entry(
        "E",
        151,
        1,
        "an edited ledger or certificate",
        "unit/release/test_ledger.py::test_a_ledger_changed_by_hand_stops_the_night_and_readers_stay",
    ),
)


def lines() -> Iterator[str]:
    """One line per fault in the order of the catalogue: number, tier, ✓ or what is missing; then how many hold."""
    rows = [(f.section, f.number, f.tier, f.title, "") for f in TABLES]
    rows += [(e.section, e.number, e.tier, e.title, e.missing) for e in ELSEWHERE]
    for section, about in SECTIONS.items():
        yield f"{section}  {about}"
        for _, number, tier, title, missing in sorted(row for row in rows if row[0] == section):
            yield f"  {'–' if missing else '✓'} {number:>3}  tier {tier}  {title}{f': {missing}' if missing else ''}"
    for tier in sorted({row[2] for row in rows}):
        of_tier = [row for row in rows if row[2] == tier]
        yield f"tier {tier}: {sum(not row[4] for row in of_tier)} of {len(of_tier)} hold"


if __name__ == "__main__":
    print("\n".join(lines()))
