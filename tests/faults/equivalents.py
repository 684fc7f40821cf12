"""Mutants that change no result on any data, each with why. An output that is merely the same on ours is none of them.

Whoever adds one has a proof in a sentence. They are printed by the soak run and not counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.faults.mutants import Mutant


@dataclass(frozen=True)
class Equivalent:
    """Regular expressions that match the whole of a mutant's model, of what stood there and stands there now, and of
    the column that is made there.
    """

    model: str
    before: str
    after: str
    why: str
    column: str = ".*"


EQUIVALENTS = (
    Equivalent(
        "stg_.*",
        r"raw_rows._delivered_on < full_deliveries.delivered_on",
        r"raw_rows._delivered_on (<= full_deliveries.delivered_on|< .full_deliveries.delivered_on . INTERVAL '1' DAY.)",
        "a key that came with the full delivery itself is among those that EXCEPT takes away",
    ),
    Equivalent(
        "stg_.*",
        r"WHERE .* IN \(SELECT key_text FROM earlier_keys\)",
        "WHERE TRUE",
        "EXCEPT takes away what stands before it, and before it stand the earlier keys alone",
    ),
    Equivalent(
        "stg_.*",
        r"SELECT DISTINCT raw_rows\._source.*",
        r"SELECT raw_rows\._source.*",
        "what EXCEPT leaves is distinct",
    ),
    Equivalent(
        "int_period_months",
        r"INNER JOIN months .*",
        r"LEFT JOIN months .*",
        "periods are made of the months, so each has one",
    ),
    Equivalent(
        "stg_.*",
        r"(HAVING )?COUNT\(\*\) > 1",
        r"COUNT\(\*\) (>= 1|> 0)|HAVING TRUE",
        "keys that come once are left out of the ordering to save work; the only version of a key is its newest",
    ),
    Equivalent(
        "int_periods",
        "LEFT JOIN first_dates ON TRUE",
        "INNER JOIN first_dates ON TRUE",
        "an aggregate without GROUP BY has one row, always",
    ),
    Equivalent(
        "fct_(metric|role)_ranks",
        "INNER JOIN placed ON points.group_no = placed.group_no",
        "LEFT JOIN placed ON points.group_no = placed.group_no",
        "the points of a group are made from those placed in it, so none is without",
    ),
    Equivalent(
        "(sdr|ae|am)_ranking",
        "WHERE role = '(SDR|AE|AM)'",
        "WHERE TRUE",
        "only ranked metrics are picked, and their names are of one role each, as test_mutants.py asks",
    ),
    Equivalent(
        "stg_handoffs",
        r"COALESCE\(decided_on <= as_of, TRUE\)",
        "decided_on <= as_of",
        "where it is not known when a hand-off was decided, the column itself is empty",
        column="decided_(on|at)",
    ),
    Equivalent(
        "int_deal_closings",
        "INNER JOIN steps ON run_starts.*",
        "LEFT JOIN steps ON run_starts.*",
        "steps are numbered without gaps, so after the last open step before a closed one there is one",
    ),
    Equivalent(
        "(sdr|ae|am)_ranking",
        r"MAX\(CASE WHEN metric = '\w+' THEN \w+ END\)",
        r"MIN\(CASE WHEN metric = '\w+' THEN \w+ END\)",
        "of a person, period and role there is one row per metric, so it picks from one",
    ),
    Equivalent(
        "stg_changed_records",
        r"COALESCE\(delivered.is_deleted, FALSE\)",
        r"delivered.is_deleted",
        "it is only asked whether any row of the record says so, which neither false nor NULL does",
    ),
    Equivalent(
        "fct_period_targets",
        r"MAX\(CASE WHEN month_number = \d THEN .* END\)",
        r"MIN\(CASE WHEN month_number = \d THEN .* END\)",
        "of a person, metric and period there is one row per month, so it picks from one",
    ),
    Equivalent(
        "fct_reject_reasons",
        r"NULLIF\(CAST\(all_\w+ AS DOUBLE\), 0\)",
        r"CAST\(all_\w+ AS DOUBLE\)",
        "the sum holds the row's own count, which is at least 1",
    ),
)


def why_equivalent(mutant: Mutant) -> str:
    """Why it changes nothing; empty for one that must be noticed."""
    for known in EQUIVALENTS:
        pairs = [(known.model, mutant.model), (known.before, mutant.before), (known.after, mutant.after)]
        pairs.append((known.column, mutant.column))
        if all(re.fullmatch(pattern, text, re.DOTALL) for pattern, text in pairs):
            return known.why
    return ""
