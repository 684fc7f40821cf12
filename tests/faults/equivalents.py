"""Mutants that change no result on any data, each with why. An output that is merely the same on ours is none of them.

Whoever adds one has a proof in a sentence. They are printed by the soak run and not counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.contract import ENTITIES, Entity
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


def _never_empty(entity: Entity) -> Equivalent:
    """Of the staging models of the entity: what intake sets a row aside for is in every row that is here."""
    column = rf"(raw_rows\.)?({'|'.join(entity.required_columns)})"
    return Equivalent(
        rf"stg_{entity.name}(_tonight)?" if entity.name != "accounts" else "stg_accounts|stg_account_merges",
        rf"COALESCE\(CAST\({column} AS TEXT\), ''\)",
        rf"CAST\({column} AS TEXT\)",
        "rows without a value in a column that must have one are set aside before they are staged",
    )


EQUIVALENTS = (
    *map(_never_empty, ENTITIES.values()),
    Equivalent(
        "stg_.*",
        r"raw_rows._delivered_on < full_deliveries.delivered_on",
        r"raw_rows._delivered_on (<= full_deliveries.delivered_on|< .full_deliveries.delivered_on \+ INTERVAL '1' DAY.)"
        r"|.raw_rows._delivered_on - INTERVAL '1' DAY. < full_deliveries.delivered_on",
        "a key that came with the full delivery itself is among those that EXCEPT takes away",
    ),
    Equivalent(
        "stg_.*",
        r"raw_rows._source = full_deliveries.source_name AND raw_rows._delivered_on < full_deliveries.delivered_on",
        r"raw_rows._source = full_deliveries.source_name",
        "a key that came with the full delivery or after it is among those that EXCEPT takes away",
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
        r"MAX\(CASE WHEN month_number = \d+ THEN .* END\)",
        r"MIN\(CASE WHEN month_number = \d+ THEN .* END\)",
        "of a person, metric and period there is one row per month, so it picks from one",
    ),
    Equivalent(
        "fct_moved_evidence",
        "SELECT DISTINCT account_id, currency FROM .*",
        "SELECT account_id, currency FROM .*",
        "what a currency that stands twice repeats, the union makes one again",
    ),
    Equivalent(
        "fct_moved_evidence",
        r"SELECT (?:(?!'rate' AS basis).)* UNION SELECT (?:(?!'rate' AS basis).)*",
        r"SELECT .* UNION ALL SELECT .*",
        "the union of this one with the rates is distinct",
    ),
    Equivalent(
        "metric_ranking",
        r"WHERE metric IN \(SELECT counter_metric .*\)",
        "WHERE TRUE",
        "it saves work: figures are joined by the name of a counter metric, and no other has such a name",
    ),
    Equivalent(
        "quarantine_summary",
        r"MAX\(context\.(release_id|built_at)\)",
        r"MIN\(context\.(release_id|built_at)\)",
        "the context is one row",
    ),
    Equivalent(
        "fct_metric_values",
        r"MAX\(CASE WHEN part = '\w+' THEN amount END\)",
        r"MIN\(CASE WHEN part = '\w+' THEN amount END\)",
        "of a person, period and figure there is one row per part, so it picks from one",
    ),
    Equivalent(
        "fct_metric_values",
        r"INNER JOIN (uses|metrics) USING .*",
        r"LEFT JOIN (uses|metrics) USING .*",
        "uses are made of metrics, and the join with metrics drops what has no use",
    ),
    Equivalent(
        "fct_metric_scores",
        r"INNER JOIN (means|spreads) USING .*",
        r"LEFT JOIN (means|spreads) USING .*",
        "means and spreads are those of the groups of these rows, so each has one",
    ),
    Equivalent(
        "fct_period_targets",
        "INNER JOIN .*int_period_months.*",
        "LEFT JOIN .*int_period_months.*",
        "targets of a month in no period have none to be joined by",
    ),
    Equivalent(
        "fct_ae_periods",
        r"SELECT (?:(?!int_ae_quality).)* UNION SELECT (?:(?!int_ae_quality).)*",
        r"SELECT .* UNION ALL SELECT .*",
        "the union of these with those whose deals are judged by quality is distinct",
    ),
    Equivalent(
        "fct_am_kept_books",
        r"NULLIF\(CAST\((kept_opening|kept_accounts|top_opening|kept_opening \* n0) AS DOUBLE\), 0\)",
        r"CAST\((kept_opening|kept_accounts|top_opening|kept_opening \* n0) AS DOUBLE\)",
        "a kept account has at least a cent at the opening, and the largest of a book is always at the top",
    ),
    Equivalent(
        "fct_ae_periods",
        "INNER JOIN .*int_(period_months|deal_slips).*",
        "LEFT JOIN .*int_(period_months|deal_slips).*",
        "a deal without a slip adds nothing to the slips, and slips of a period without months join no month",
    ),
    Equivalent(
        "fct_(metric|role)_ranks",
        r"\w+",
        r"\w+ DESC",
        "groups are numbered to be told apart, and no number is read",
        column="group_no",
    ),
    Equivalent(
        "fct_(metric|role)_ranks",
        r"INNER JOIN expected USING .*",
        r"LEFT JOIN expected USING .*",
        "everybody who is placed stands somewhere, so there is a rank to be expected",
    ),
    Equivalent(
        "fct_(metric|role)_ranks",
        r"INNER JOIN placed AS others ON .*",
        r"LEFT JOIN placed AS others ON .*",
        "nobody is ahead of one alone, whose sum of nobody is NULL and read as 0",
    ),
    Equivalent(
        "int_account_first_years",
        r"INNER JOIN invoices ON .*",
        r"LEFT JOIN invoices ON .*",
        "the first purchase is itself an invoice of the first year",
    ),
    Equivalent(
        "int_account_fx_shifts",
        r"INNER JOIN rates AS (opening|closing) ON .*",
        r"LEFT JOIN rates AS (opening|closing) ON .*",
        "a rate that is not there is not another one: the condition that they differ leaves the row out",
    ),
    Equivalent(
        "int_account_window_sums",
        r"SELECT DISTINCT invoiced_on FROM invoices",
        r"SELECT invoiced_on FROM invoices",
        "they are grouped by their day again",
    ),
    Equivalent(
        "int_account_window_sums",
        r"INNER JOIN (limits|slices) ON .*",
        r"LEFT JOIN (limits|slices) ON .*",
        "days before all limits are in no slice that a window has, and the first limit of a window is its own",
    ),
    Equivalent(
        "int_account_changes",
        r"COALESCE\(closing.exact_value, 0\)",
        r"closing.exact_value",
        "the greatest of nothing and 0 is 0",
        column="exact_r1",
    ),
    Equivalent(
        "int_account_survivors",
        r"INNER JOIN merges ON walk.reached_id = merges.account_id",
        r"LEFT JOIN merges ON walk.reached_id = merges.account_id",
        "a step to nowhere comes after the end of the chain, and the nearest end counts",
    ),
    Equivalent(
        "fct_reject_reasons",
        r"NULLIF\(CAST\((all|sdr|ae|pair)_\w+ AS DOUBLE\), 0\)",
        r"CAST\((all|sdr|ae|pair)_\w+ AS DOUBLE\)",
        "the sum holds the row's own count, which is at least 1",
    ),
    Equivalent(
        "fct_metric_estimates|fct_close_rate_adjusted|int_(ae_expected_wins|pair_expectations)",
        r"INNER JOIN (totals|spreads|feeders|priors|expected) USING .*",
        r"LEFT JOIN (totals|spreads|feeders|priors|expected) USING .*",
        "they are of the groups of the rows that they are joined to, so each has one",
    ),
    Equivalent(
        "fct_close_rate_adjusted",
        r"LEFT JOIN strengths USING .*",
        r"INNER JOIN strengths USING .*",
        "they are of the periods of the rows that they are joined to, so each has one",
    ),
    Equivalent(
        "int_(ae_expected_wins|pair_expectations)",
        r"WHERE NOT (numerator|denominator|deviation|room|expected\.wins) IS NULL",
        "WHERE TRUE",
        "deals and wins are counted, so none of what is summed is NULL",
    ),
    Equivalent(
        "fct_metric_estimates|fct_close_rate_adjusted",
        r"WHERE NOT (denominator|room) IS NULL",
        "WHERE TRUE",
        "only denominators above 0 are summed, and room is made of them alone",
    ),
    Equivalent(
        "int_(ae_expected_wins|pair_expectations)",
        r"mean (> 0|< 1)|mean > 0 AND mean < 1",
        r"mean (>= 0|<= 1|> 0|< 1|< 2)|mean > 0 OR mean < 1",
        "where nobody or everybody won, that is expected of all, whatever the strength of the prior",
        column="strength",
    ),
    Equivalent(
        "int_(ae_expected_wins|pair_expectations)",
        r"people > 1( AND room > 0)?",
        r"people (>= 1|> 0)|room > 0",
        "somebody alone leaves no room, since whole numbers are summed exactly",
        column="between_variance",
    ),
    Equivalent(
        "fct_metric_estimates",
        r"LEFT JOIN priors USING .*",
        r"INNER JOIN priors USING .*",
        "without a prior all that is estimated is NULL, as for who has no estimate",
    ),
    Equivalent(
        "fct_metric_estimates",
        r"(estimates\.variance|low) < 0|high > 1",
        r"(estimates\.variance|low) <= 0|high >= 1",
        "0 is cut to 0, and 1 to 1",
    ),
    Equivalent(
        "fct_metric_estimates",
        r"denominator > 0",
        r"denominator >= 0",
        "of 0 the trials and the exposure are 0 either way",
        column="trials|exposure",
    ),
    Equivalent(
        "int_changed_things",
        r"INNER JOIN (deals|deal_links) ON .*",
        r"LEFT JOIN (deals|deal_links) ON .*",
        "what is reached by no deal is a thing without an id, which is left out",
    ),
    Equivalent(
        "int_won_accounts",
        r"INNER JOIN .*int_(account_first_half_years|valuation_rates).*",
        r"LEFT JOIN .*int_(account_first_half_years|valuation_rates).*",
        "sums pass over what has no amount or rate, and one of nothing is NULL, as for who is not valued",
    ),
    Equivalent(
        "int_leads_sent",
        r"INNER JOIN .*int_deals.*",
        r"LEFT JOIN .*int_deals.*",
        "only who has a deal that is won is kept",
    ),
    Equivalent(
        "int_deals_worked",
        r"COALESCE\(deals\.closed_at, owners\.owned_to\)",
        r"deals\.closed_at",
        "the least of a time and NULL is the time",
        column="worked_to",
    ),
    Equivalent(
        "fct_close_rate_adjusted",
        r"COALESCE\(differences\.between_variance / .*, 0e0\)",
        r"differences\.between_variance / .*",
        "the greatest of a number and NULL is the number, and 0 is less than it",
    ),
    Equivalent(
        "fct_metric_estimates|int_(ae_expected_wins|pair_expectations)",
        r"mean > 0 AND mean < 1 AND NOT between_variance IS NULL",
        r"mean > 0 AND mean < 1",
        "the greatest of 0.001 and NULL is 0.001, which is the strength of 999 that is taken otherwise",
        column="strength",
    ),
    Equivalent(
        "int_(ae_expected_wins|pair_expectations)",
        r"mean > 0 AND mean < 1 AND NOT between_variance IS NULL",
        r"NOT between_variance IS NULL|mean > 0 AND mean < 1 OR NOT between_variance IS NULL",
        "where nobody or everybody won, that is expected of all, whatever the strength of the prior",
        column="strength",
    ),
    Equivalent(
        "int_monthly_targets",
        r"spells\.valid_(from < months\.month_end|to > months\.month_start)",
        r"spells\.valid_(from <= months\.month_end|to >= months\.month_start)",
        "a spell that only touches the month is held for none of its days, as by somebody without a spell",
    ),
    Equivalent(
        "int_account_lifetimes",
        r"INNER JOIN context ON .*|INNER JOIN rates ON .*",
        r"LEFT JOIN context ON .*|LEFT JOIN rates ON .*",
        "sums of years are not asked where the book holds them, and sums pass over what has no rate",
    ),
    Equivalent(
        "int_ae_feeds",
        r"MAX\(deals\.sdr_id\)",
        r"MIN\(deals\.sdr_id\)",
        "the name of a feeder is made of its SDR, so it picks from one",
    ),
    Equivalent(
        "int_deal_handoffs",
        r"1 AS preference|.*, 2, .*",
        r"0 AS preference|.*, 3, .*",
        "they are ordered by it, and it is read nowhere else",
    ),
    Equivalent(
        "stg_changed_records",
        r"INNER JOIN \w+_fulls AS fulls ON .*",
        r"LEFT JOIN \w+_fulls AS fulls ON .*",
        "of a source without a new full delivery it is NULL who is present, and that differs from nothing",
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
