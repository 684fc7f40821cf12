"""The models that draw people to the mean of their group, held against the definitions on random and extreme teams.

The definitions stand in shrinkage.py and close_rates.py; how the SQL finds an estimate is not said here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import chain
from math import isclose, sqrt
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from tests.support.close_rates import (
    EXTREMES,
    Matrix,
    all_wins,
    definitions,
    expected_wins,
    no_wins,
    random_company,
    some_wins,
)
from tests.support.compiled_sql import rows_found, rows_of
from tests.support.shrinkage import (
    AMOUNT_EDGES,
    PROPORTION_EDGES,
    RATE_EDGES,
    Estimate,
    amounts,
    proportions,
    random_amounts,
    random_proportions,
    random_rates,
    rates,
)

TOLERANCE = 1e-9
Z = 1.645
_UNKNOWN = Estimate(None, None, None, None, None)
_NOBODY = date(1999, 1, 1)
Key = tuple[Any, ...]
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Given:
    """What a model reads, which of its columns are the key of a row and which are judged, and what those must be."""

    inputs: Mapping[str, pa.Table]
    key: str
    columns: str
    expected: Mapping[Key, Row]


def misjudged(model: str, sql: str = "") -> list[str]:
    """Rows of which the model, or other SQL in its place, says what the definition does not."""
    given, keys = _given(model), _given(model).key.count(",") + 1
    found_rows = rows_found(model, sql, given.inputs, f"{given.key}, {given.columns}")
    found = {row[:keys]: row[keys:] for row in found_rows}
    if len(found) != len(found_rows) or found.keys() != given.expected.keys():
        return ["somebody is gone, or there twice"]
    return [str(key) for key, row in given.expected.items() if not _is_near(found[key], row)]


def _is_near(found: Row, expected: Row) -> bool:
    return all(
        one == other
        if isinstance(one, str | None) or isinstance(other, str | None)
        else isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        for one, other in zip(found, expected, strict=True)
    )


def _period(number: int) -> tuple[str, date]:
    """Every team has a period of its own, two of them with one start."""
    return ("year", "quarter")[number % 2], date(2000 + number // 2, 1, 1)


def _with(table: pa.Table, columns: str) -> pa.Table:
    """The table with columns that are the same in every row."""
    with duckdb.connect() as db:
        return db.from_arrow(table).project(f"*, {columns}").to_arrow_table()


# --- fct_metric_estimates

Person = tuple[float | None, float | None, float | None, float | None]  # numerator … sampling_variance


def _metric_teams() -> Iterator[tuple[str, list[Person], list[Estimate]]]:
    """Of every kind: people of the role, and what is to be made of them."""
    few = [([7e8], [0.0123456789012345 * number]) for number in range(1, 9)]
    for k, n in chain(random_proportions(1), random_proportions(2), ((k, n) for k, n, _ in PROPORTION_EDGES.values())):
        yield "proportion", [(a, b, None, None) for a, b in zip(k, n, strict=True)], proportions(k, n)
    for k, n in chain(random_rates(1), random_rates(2), RATE_EDGES.values(), few):
        yield "rate", [(a, b, None, None) for a, b in zip(k, n, strict=True)], rates(k, n)
    large = [([1e6 / number], [0.0003 * number]) for number in range(3, 12)]
    for x, s2 in chain(random_amounts(1), random_amounts(2), AMOUNT_EDGES.values(), large):
        yield "amount", [(None, None, a, b) for a, b in zip(x, s2, strict=True)], amounts(x, s2)
    for kind in ("proportion", "rate", "amount"):
        yield kind, [(0.0, 0.0, None, None), (None, None, None, None)], [_UNKNOWN] * 2
    for kind in ("proportion", "rate"):
        yield kind, [(None, 10.0, None, None), (None, 20.0, None, None)], [_UNKNOWN] * 2


def _strangers(kind: str, expected: Estimate) -> list[tuple[Person, Estimate]]:
    """Somebody of the role without data, whose value is the mean; of an amount also one without the other."""
    mean, strength, between, _, _ = expected
    if kind == "proportion":
        variance = None if mean is None or strength is None else mean * (1 - mean) / (strength + 1)
    else:
        variance = between
    alone = Estimate(mean, strength, between, mean, variance)
    ways: list[Person] = [(0.0, 0.0, None, None), (None, 0.0, None, None), (None, None, None, None)]
    if kind == "amount":
        ways = [(None, None, 9.0, None), (None, None, None, None), (None, None, None, 0.01)]
    return [(person, alone) for person in ways]


def _estimates() -> Given:
    values, members, expected = list[Row](), list[Row](), dict[Key, Row]()
    for number, (kind, people, found) in enumerate(_metric_teams()):
        others = _strangers(kind, found[0])
        everybody = [*zip(people, found, strict=True), *others]
        guest: Person = (90.0, 100.0, 9.0, 0.01)
        for direction in ("higher", "lower"):
            metric, period = f"{kind} {direction}", _period(number)
            for user, (person, estimate) in enumerate([*everybody, (guest, found[0])]):
                is_member = user < len(everybody)
                values.append(("AE", *period, f"u{user}", metric, kind, direction, *person))
                expected[*period, f"u{user}", metric] = _published(kind, direction, estimate, is_member)
                if is_member and direction == "higher":
                    members.append(("AE", *period, f"u{user}"))
    adjusted = _adjusted_estimates(values, members, expected)
    values.append(("AE", *_period(0), "u0", "calls", "descriptive", "higher", 3.0, None, 3.0, None))
    key = "role varchar, period_type varchar, period_start date, user_id varchar"
    figures = "numerator double, denominator double, value double, sampling_variance double"
    return Given(
        {
            "int_role_members": rows_of(key, members),
            "fct_metric_values": _with(
                rows_of(f"{key}, metric varchar, kind varchar, direction varchar, {figures}", values),
                "null::double as n, null::double as standard_error",
            ),
            "fct_close_rate_adjusted": adjusted,
        },
        "period_type, period_start, user_id, metric",
        "role_mean, prior_strength, between_variance, shrunk, sd, low, high, tier",
        expected,
    )


def _adjusted_estimates(values: list[Row], members: list[Row], expected: dict[Key, Row]) -> pa.Table:
    """The adjusted close rate, which is estimated before; also with a variance that rounding took below 0,
    and near the mean, where 12 decimals count.
    """
    period, metric = _period(0), "close_rate_adjusted"
    near = [0.5 + away for away in (4e-13, -4e-13, 4e-12, -4e-12)]
    known = [Estimate(0.5, 9.0, 0.1, 0.625, 0.0025), Estimate(0.5, 9.0, 0.1, 0.25, -1e-20)]
    known += [Estimate(0.5, 9.0, 0.1, shrunk, 0.0) for shrunk in near]
    named = {
        (direction, f"{direction} {number}"): one
        for direction in ("higher", "lower")
        for number, one in enumerate(known)
    }
    named["higher", "never estimated"] = _UNKNOWN
    for (direction, user), estimate in named.items():
        members.append(("AE", *period, user))
        values.append(("AE", *period, user, metric, "rate", direction, 1.0, 2.0, 0.5, None))
        expected[*period, user, metric] = _published("rate", direction, estimate, is_member=True)
    columns = "period_type varchar, period_start date, ae_id varchar, role_mean double, prior_strength double"
    rows = [(*period, user, *estimate) for (_, user), estimate in named.items() if estimate != _UNKNOWN]
    return rows_of(f"{columns}, between_variance double, shrunk double, variance double", rows)


def _published(kind: str, direction: str, estimate: Estimate, is_member: bool) -> Row:
    mean, strength, between, shrunk, variance = estimate
    if not is_member or shrunk is None or variance is None or mean is None:
        return (mean, strength, between, None, None, None, None, None)
    sd = sqrt(max(variance, 0))
    # Nobody is above the mean by what division rounds.
    if isclose(shrunk, mean, rel_tol=1e-15):
        shrunk = mean
    low, high = shrunk - Z * sd, shrunk + Z * sd
    above, below = round(low - mean, 12) > 0, round(high - mean, 12) < 0
    if direction == "lower":
        above, below = below, above
    tier = "clearly_above" if above else "clearly_below" if below else "not_separable"
    if kind == "proportion":
        low, high = max(low, 0), min(high, 1)
    return (mean, strength, between, shrunk, sd, low, high, tier)


# --- fct_close_rate_adjusted and int_ae_expected_wins


def _companies() -> list[tuple[Matrix, Matrix]]:
    extremes = [np.array(deals) for deals in EXTREMES.values()]
    won = [(deals, wins(deals)) for deals in extremes for wins in (no_wins, all_wins, some_wins)]
    few = [
        ([[1, 0], [1, 0], [0, 1]], [[1, 0], [0, 0], [0, 1]]),
        ([[2, 0], [0, 1]], [[2, 0], [0, 0]]),
        ([[30, 10], [20, 40]], [[20, 3], [5, 6]]),
    ]
    return [
        *won,
        *((np.array(deals), np.array(wins)) for deals, wins in few),
        *(random_company(seed) for seed in range(12)),
    ]


def _adjusted() -> Given:
    """Every company with an AE who had no deals; a year in which nobody had; an AE alone for whom other wins were
    expected than there were.
    """
    rows, expected = list[Row](), dict[Key, Row]()
    for number, (deals, won) in enumerate(_companies()):
        period, known = _period(number), definitions(deals, won).replace(np.nan, None)
        for ae, cohort, wins in zip(known.itertuples(), deals.sum(axis=1), won.sum(axis=1), strict=True):
            found = (ae.close_rate_adjusted, ae.role_mean, ae.prior_strength, ae.between_variance)
            rows.append((*period, ae.ae_id, int(cohort), int(wins), ae.expected_wins, ae.close_rate_adjusted))
            expected[*period, ae.ae_id] = (*found, ae.shrunk, ae.variance)
        mean, k, between = (known[name][0] for name in ("role_mean", "prior_strength", "between_variance"))
        rows.append((*period, "idle", None, None, None, None))
        expected[*period, "idle"] = (None, mean, k, between, mean, mean**2 * (1 - mean) / k if k else 0.0)
    rows.append(("month", _NOBODY, "idle", None, None, None, None))
    rows.append(("quarter", _NOBODY, "idle", 0, 0, 0.0, None))
    expected["month", _NOBODY, "idle"] = expected["quarter", _NOBODY, "idle"] = (None,) * 6
    for number in range(1, 13):
        start, e, k = date(1998, number, 1), 0.0123456789012345 * number, 0.75 / 0.001
        value, shrunk = 0.25 * 1e8 / e, 0.25 * (1e8 + k) / (e + k)
        rows.append(("month", start, "alone", 4 * 10**8, 10**8, e, value))
        expected["month", start, "alone"] = (value, 0.25, k, 0.001, shrunk, 0.25 * 0.75 * shrunk / (e + k))
    columns = "period_type varchar, period_start date, ae_id varchar, cohort_deals bigint, cohort_won bigint"
    table = rows_of(f"{columns}, expected_wins double, close_rate_adjusted double", rows)
    columns = "value, role_mean, prior_strength, between_variance, shrunk, variance"
    return Given({"fct_ae_periods": table}, "period_type, period_start, ae_id", columns, expected)


def _expected_wins() -> Given:
    rows, expected = list[Row](), dict[Key, Row]()
    for number, (deals, won) in enumerate(_companies()):
        period, rate = _period(number), won.sum() / deals.sum()
        for ae, feeder in np.argwhere(deals):
            rows.append((*period, f"a{ae}", f"s{feeder}", int(deals[ae, feeder]), int(won[ae, feeder])))
        for ae, wins in enumerate(expected_wins(deals, won)):
            cohort = (float(deals[ae].sum()), float(won[ae].sum()))
            expected[*period, f"a{ae}"] = (*cohort, float(rate), float(wins))
    columns = "period_type varchar, period_start date, ae_id varchar, feeder_id varchar, deals bigint, deals_won bigint"
    return Given(
        {"int_ae_feeds": rows_of(columns, rows)},
        "period_type, period_start, ae_id",
        "cohort_deals, cohort_won, role_close_rate, expected_wins",
        expected,
    )


# --- int_pair_expectations


def expected_of_pairs(cases: Matrix, events: Matrix) -> Matrix:
    """AEs × others: logit E = logit of each side's share with everybody but the other, less logit of the share of all;
    in cases. The prior is that of the AEs.
    """
    n, k = cases.sum(axis=1), events.sum(axis=1)
    mean, strength = k.sum() / n.sum(), proportions(k.tolist(), n.tolist())[0].prior_strength
    if mean in (0, 1):
        return cases * mean
    shares = [
        (events.sum(axis=axis, keepdims=True) - events + mean * strength)
        / (cases.sum(axis=axis, keepdims=True) - cases + strength)
        for axis in (0, 1)
    ]
    odds = np.prod([share / (1 - share) for share in shares], axis=0) / (mean / (1 - mean))
    return np.asarray(cases * odds / (1 + odds))


def _pairs() -> Given:
    """The AE receives, or gives where the outcome is of accounts that were kept."""
    rows, expected = list[Row](), dict[Key, Row]()
    for number, (cases, events) in enumerate(_companies()):
        period, wanted = _period(number), expected_of_pairs(cases, events)
        for ae, other in np.argwhere(cases):
            told = (int(cases[ae, other]), int(events[ae, other]))
            sides = {"accepted": (f"p{other}", f"p{ae}"), "lost_or_shrunk": (f"p{ae}", f"p{other}")}
            for outcome, pair in sides.items():
                rows.append((outcome, *period, *pair, *told))
                expected[outcome, *period, *pair] = (*told, float(wanted[ae, other]))
    columns = "outcome varchar, period_type varchar, period_start date, from_id varchar, to_id varchar"
    table = rows_of(f"{columns}, cases bigint, events bigint", rows)
    return Given(
        {"int_pair_outcomes": table},
        "outcome, period_type, period_start, from_id, to_id",
        "cases, events, expected",
        expected,
    )


_OF_MODEL: dict[str, Callable[[], Given]] = {
    "fct_metric_estimates": _estimates,
    "fct_close_rate_adjusted": _adjusted,
    "int_ae_expected_wins": _expected_wins,
    "int_pair_expectations": _pairs,
}
SHRINKING_MODELS = tuple(_OF_MODEL)


@cache
def _given(model: str) -> Given:
    return _OF_MODEL[model]()
