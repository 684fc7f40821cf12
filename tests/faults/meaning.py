"""Sections B and D of the catalogue: rows that mean something else than they should, and the logic that must notice.

How each is injected and judged stands in crm_history.py, crm_values.py and logic.py. Not here: B41, B42 and B67,
which belong to the CRM sources; B51, B56, B64, B66, D123, D126 and D128, of tier 2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.faults import crm_history as history
from tests.faults import crm_values as values
from tests.faults import logic
from tests.faults.fault import Fault


def _b(
    number: int, title: str, outcome: str, inject: Callable[..., Any], verify: Callable[..., None], tier: int = 1
) -> Fault:
    return Fault("B", number, title, outcome, inject, verify, tier)


RECORDS = (
    _b(
        43,
        "Same key, other content in one file",
        "newest counts; equally new: by hash, W-VERSION-TIE",
        history.same_key_twice,
        history.newest_or_hash,
    ),
    _b(
        44,
        "Late record of a closed month",
        "cause late; held above 1 % until acknowledged",
        history.late_records,
        history.late_is_named,
    ),
    _b(
        45,
        "Restated amount",
        "cause restated, before and after kept; held above 1 %",
        history.restated,
        history.restatement_is_named,
    ),
    _b(
        46,
        "Row absent from a full delivery",
        "gone from that day on, history stays; only where it was complete",
        history.hard_deletes,
        history.gone_from_then_on,
    ),
    _b(
        47,
        "A third of the rows gone",
        "held by E-DELETE-STORM, nothing deleted",
        history.deletion_storm,
        history.storm_is_held_and_leaves_nothing,
    ),
    _b(48, "Row absent from a delta", "no deletion inferred", history.absent_from_a_delta, history.nothing_inferred),
    _b(49, "Deleted row comes again", "there once", history.undeleted, history.there_once, 2),
    _b(
        50,
        "Accounts merged or deleted",
        "the winner has the sum, orphans are counted",
        history.merged_accounts,
        history.sums_stay,
    ),
    _b(
        52,
        "Owner changed after the close",
        "credit stays with the owner at close, closed months stand",
        history.passed_on_after_close,
        history.credit_stays,
    ),
    _b(
        53,
        "Unknown or renamed people",
        "Unassigned (id), sums conserved, one row a person",
        values.unknown_people,
        values.shown_as_unassigned,
    ),
    _b(54, "New stage", "kept and counted by is_won, W-STAGE-NEW", values.new_stage, values.kept_and_told),
    _b(
        55,
        "Currency without a rate",
        "counted as unconverted, E-CURRENCY above 0.5 %",
        values.no_rate,
        values.unconverted_is_counted,
    ),
    _b(
        57,
        "Currency blank",
        "the declared default or set aside; currencies are never added up",
        values.blank_currency,
        values.default_by_contract_only,
    ),
    _b(
        58,
        "Negative or absurd amounts",
        "W-AMOUNT; E-OUTLIER-DOMINATES in a complete month only",
        values.odd_amounts,
        values.told_or_held,
    ),
    _b(
        59,
        "Children without parents",
        "counted as nobody's; E-ORPHANS with its share",
        values.missing_parents,
        values.counted_and_held,
    ),
    _b(
        60,
        "Same instant on both sides of a cursor",
        "none lost, none double",
        history.cursor_ties,
        history.none_lost_none_double,
    ),
    _b(
        61,
        "Formula changed without its time",
        "a full delivery finds it; deltas alone need one from time to time",
        history.changed_without_time,
        history.found_by_full_deliveries,
        2,
    ),
    _b(
        62,
        "Events around the border of a month",
        "cut in company time, dates never shifted",
        values.around_midnight,
        values.cut_in_company_time,
    ),
    _b(
        63,
        "Times that the clock skipped or repeated",
        "one rule, W-DST with their number",
        values.clock_changes,
        values.counted_by_rule,
    ),
    _b(
        65,
        "Changed in the future",
        "set aside, and does not win for ever",
        history.from_the_future,
        history.future_is_set_aside,
    ),
    _b(68, "Soft-deleted row", "in no figure, kept in the raw layer", history.soft_deleted, history.left_out_and_kept),
    _b(
        69,
        "Free text of a lead",
        "kept in the raw layer, published content unchanged",
        values.free_text,
        values.nowhere_but_raw,
    ),
)


def _d(
    number: int, title: str, outcome: str, inject: Callable[..., Any], verify: Callable[..., None], tier: int = 1
) -> Fault:
    return Fault("D", number, title, outcome, inject, verify, tier)


LOGIC = (
    _d(
        113,
        "Empty table, empty, NaN or infinite figures",
        "each held by a check of its own",
        logic.hollow_tables,
        logic.each_is_held,
    ),
    _d(
        114,
        "Rate over nothing",
        "NULL with its denominator, never ranked",
        logic.nobody_to_divide_by,
        logic.shown_never_ranked,
    ),
    _d(115, "Ties", "one place, the same over 100 runs and 1 to 8 threads", logic.ties, logic.the_same_every_time),
    _d(
        116,
        "Money in floating point",
        "named by the lint; one content for any number of threads",
        logic.threads,
        logic.money_is_exact,
    ),
    _d(117, "Row doubled in a join", "held by E-CONSERVE with its share", logic.fanned_out, logic.sums_too_large),
    _d(118, "Rows lost in a join", "held by E-CONSERVE with its share", logic.lost_in_a_join, logic.sums_too_small),
    _d(119, "Taken twice", "the same content, no row twice", logic.taken_again, logic.nothing_twice),
    _d(120, "A history in any split of nights", "the same state", logic.split_histories, logic.split_or_not),
    _d(
        121,
        "Check removed, lowered or widened",
        "held by E-GATE-CHANGED until acknowledged",
        logic.softer_gates,
        logic.gate_change_is_held,
    ),
    _d(122, "Overridden release", "current, and no baseline", logic.overridden, logic.no_baseline),
    _d(124, "First night", "fixed limits hold, W-NO-BASELINE", logic.first_night, logic.fixed_limits_hold),
    _d(
        125,
        "Weekends and holidays",
        "no night of 360 held as stale once holidays are declared",
        logic.calendar,
        logic.no_false_hold,
    ),
    _d(127, "CSV edited after its seal", "read back, rolled back", logic.edited_csv, logic.rolled_back),
)
