"""The whole catalogue of faults, and for each what shows that Podium survives it, or what is missing.

`python -m tests.faults.catalogue` (make faults) prints it. A fault is shown by its row in one of the tables beside this
(injected and judged there), or by a test elsewhere that asserts its outcome. Tier 1 belongs to the first release.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.attacks import ATTACKS
from tests.faults.fault import Fault
from tests.faults.files import FILES
from tests.faults.process import PROCESS

TABLES: tuple[Fault, ...] = (*FILES, *ATTACKS, *PROCESS)
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


_BAD = "end_to_end/test_bad_nights.py"
_CLOSED = "end_to_end/test_closed_periods.py"
_NASTY = "end_to_end/test_recomputed_nasty.py::test_every_published_row_of_a_nasty_crm_equals_the_recomputation"
_CAUSES = f"{_CLOSED}::test_every_change_is_published_with_its_cause_and_its_records"
_SPOILED = "unit/data_checks/test_refusals.py::test_a_spoiled_build_is_stopped"
_TYPES = "unit/intake/test_intake_types.py"
_DECISIONS = "unit/release/test_decisions.py"

ELSEWHERE: tuple[Entry, ...] = (
    Entry("A", 13, 2, "stale export under a new name", missing="not refused yet"),
    Entry("A", 14, 2, "entities of different exports", missing="the spread of dates is not judged"),
    Entry("A", 32, 2, "ten times the volume", missing="judged by volume checks, not tried at 10 M rows in a test"),
    Entry("A", 36, 1, "the export's user lost sight of rows or fields", _SPOILED),
    Entry("B", 41, 1, "15 and 18 character ids mixed", missing="comes with the CRM sources"),
    Entry("B", 42, 1, "15 character ids in lower case", missing="comes with the CRM sources"),
    Entry("B", 43, 1, "one key with two contents in a file", missing="loaded as versions; equal times do not warn"),
    Entry("B", 44, 1, "a late record of a closed month", _CAUSES),
    Entry("B", 45, 1, "a restated amount, stage or close", _CAUSES),
    Entry("B", 46, 1, "a row gone from a full delivery", _NASTY),
    Entry("B", 47, 1, "a mass delete", f"{_BAD}::test_a_mass_delete_is_held_and_readers_see_the_same_bytes"),
    Entry("B", 48, 1, "a row absent from a delta", _NASTY),
    Entry("B", 49, 2, "a deleted record is back", f"{_CLOSED}::test_a_record_that_is_back_counts_once_again"),
    Entry("B", 50, 1, "merged accounts", _CAUSES),
    Entry("B", 51, 2, "merged leads", missing="exports have no merge of leads"),
    Entry("B", 52, 1, "an owner changed after the close", _NASTY),
    Entry("B", 53, 1, "an unknown person", _NASTY),
    Entry("B", 54, 1, "a new stage", missing="kept and judged by is_closed and is_won; nothing warns"),
    Entry("B", 55, 1, "a currency without a rate", _SPOILED),
    Entry("B", 56, 2, "a restated exchange rate", _CAUSES),
    Entry("B", 57, 1, "no currency", f"{_TYPES}::test_a_currency_without_any_default_refuses_the_file"),
    Entry("B", 58, 1, "an absurd amount", _SPOILED),
    Entry("B", 59, 1, "a child without its parent", _SPOILED),
    Entry(
        "B",
        60,
        1,
        "the same row on both sides of a cursor",
        "end_to_end/test_properties.py::test_permuting_splitting_and_doubling_deliveries_changes_nothing",
    ),
    Entry("B", 61, 2, "a formula changed without its time", missing="full deliveries find it; no test"),
    Entry("B", 62, 1, "midnight at the border of a month", _NASTY),
    Entry("B", 63, 1, "hours that summer time skips or doubles", missing="one rule decides; nothing warns"),
    Entry("B", 64, 2, "a calendar of 4, 4 and 5 weeks", missing="fiscal years begin with any month, no more"),
    Entry("B", 65, 1, "a time in the future", f"{_TYPES}::test_a_row_that_breaks_the_contract_is_set_aside"),
    Entry("B", 66, 2, "names that look alike", missing="people are ids; twins are not looked for"),
    Entry("B", 67, 1, "another organisation's export", missing="comes with the CRM sources"),
    Entry("B", 68, 1, "soft deleted rows", _CAUSES),
    Entry(
        "B",
        69,
        1,
        "anything at all in a free text",
        "unit/intake/test_intake_parse.py::test_nasty_text_arrives_and_no_row_is_lost",
    ),
    Entry("C", 84, 2, "a power cut that reorders writes", missing="every write is flushed; no replay of prefixes"),
    Entry("C", 96, 2, "a flipped bit in the archive", missing="no scrub of the archive"),
    Entry("C", 102, 2, "a clock that jumps", missing="ids and D do not hang on it; no test"),
    Entry("C", 109, 2, "a read-only or foreign disk", missing="no check before the night, NFS is not refused"),
    Entry(
        "C",
        110,
        1,
        "all lost but archive and ledger",
        "end_to_end/test_rebuild.py::test_the_rebuilt_release_has_the_content_of_the_lost_one",
    ),
    Entry("C", 111, 1, "the alarm cannot be sent", missing="comes with operations"),
    Entry("D", 113, 1, "empty, null, NaN or infinite measures", _SPOILED),
    Entry(
        "D", 114, 1, "a ratio out of nothing", "end_to_end/test_hand_worked.py::test_every_example_beside_a_model_holds"
    ),
    Entry("D", 115, 1, "ties", missing="rules tested by example; no whole build over thread counts"),
    Entry("D", 116, 1, "money in floating point", missing="contracts say DECIMAL; no lint of the SQL"),
    Entry("D", 117, 1, "a join that doubles rows", _SPOILED),
    Entry("D", 118, 1, "a join that loses rows", _SPOILED),
    Entry(
        "D",
        119,
        1,
        "a night run twice",
        "end_to_end/test_good_nights.py::test_a_run_with_nothing_new_says_so_and_builds_nothing",
    ),
    Entry(
        "D",
        120,
        1,
        "nights that add up to another state",
        "end_to_end/test_properties.py::test_a_backfill_of_an_old_day_equals_what_that_night_gave",
    ),
    Entry(
        "D",
        121,
        1,
        "a gate that was softened",
        "end_to_end/test_decided_nights.py::test_a_softened_gate_holds_a_good_night_until_it_is_acknowledged",
    ),
    Entry("D", 122, 1, "a baseline that was let through", f"{_DECISIONS}::test_an_overridden_release_is_no_baseline"),
    Entry("D", 123, 2, "a slow drift", missing="only the last release is compared"),
    Entry(
        "D",
        124,
        1,
        "a first night",
        "unit/data_checks/test_drift.py::test_without_a_release_everything_compared_is_listed_and_says_so",
    ),
    Entry("D", 125, 1, "ends of months, holidays", missing="no simulator of 360 clean nights"),
    Entry("D", 126, 2, "ranks that move by code alone", missing="no second build of old data by new code"),
    Entry(
        "D",
        127,
        1,
        "forms of a release that disagree",
        "unit/release/test_publish.py::test_a_release_that_reads_back_wrong_is_taken_back",
    ),
    Entry("D", 128, 2, "a gate that would not notice", missing="no mutation test"),
    Entry("E", 135, 1, "code in options", missing="options are data and never code; no test injects"),
    Entry("E", 136, 1, "formulas in CSV", "unit/release/test_csv_export.py::test_no_cell_runs_and_no_cell_is_lost"),
    Entry("E", 137, 1, "markup in names", missing="metadata of Dagster is not tried; page and chat come later"),
    Entry("E", 139, 1, "personal data in published tables", _SPOILED),
    Entry(
        "E",
        140,
        1,
        "personal data in by-products",
        "end_to_end/test_privacy.py::test_nothing_beside_the_vault_says_who_a_client_is",
    ),
    Entry("E", 141, 2, "somebody asks to be erased", missing="not built"),
    Entry("E", 142, 1, "secrets in logs", missing="Podium holds none yet; no test"),
    Entry(
        "E",
        143,
        1,
        "pages reachable from outside",
        "end_to_end/test_dagster_night.py::test_nothing_listens_beyond_loopback",
    ),
    Entry("E", 144, 1, "files that others can write", missing="releases are tested, the rest of a home is not"),
    Entry(
        "E", 145, 1, "a reader who wants more", "unit/release/test_readers.py::test_a_query_cannot_leave_the_release"
    ),
    Entry("E", 146, 1, "extensions from the network", "end_to_end/test_privacy.py::test_a_night_needs_no_network"),
    Entry("E", 148, 1, "surprising YAML", "unit/test_settings.py::test_values_are_read_as_text"),
    Entry("E", 149, 1, "a tampered package", missing="the install demands hashes; no test changes one"),
    Entry("E", 150, 1, "telemetry", "end_to_end/test_privacy.py::test_a_night_needs_no_network"),
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
