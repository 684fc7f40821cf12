"""How near the ranking comes to the truth, where it is known: simulated companies through the project's own SQL.

    python benchmarks/ranking_truth.py [--companies N] [--seed N]

Raw, shrunk and adjusted figures are compared with the true values of the same people, those ranked on the metric.
Coverage is the share of people whose true rank lies within [rank_low, rank_high]; width is the share of the table that
the interval spans, in the mean. Shrinking cannot win everywhere: beside how often it errs less than the raw figure
stands how often somebody does who is told the true mean, the true spread and how far chance moves each person.
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import rankdata, spearmanr
from simulated_companies import frames, simulate, truths
from simulated_warehouse import SimulatedWarehouse

BATCH = 10
LEAST_PEOPLE = 8
TOP = 5
ENTITIES = ("handoffs", "leads", "opportunities", "invoices")
RESULTS = """
    select
        role, user_id, metric, kind, denominator, n, value, standard_error, shrunk, is_ranked, rank_low, rank_high
    from metrics.fct_metric_estimates
    inner join metrics.fct_metric_ranks using (role, period_type, period_start, user_id, metric)
"""


class Estimator(NamedTuple):
    """A published figure and the truth it is held against, for people who are ranked on every metric of `among`."""

    role: str
    metric: str
    column: str
    what: str
    among: tuple[str, ...]

    @property
    def label(self) -> str:
        return f"{self.role} {self.what}: {self.metric} {'raw' if self.column == 'value' else 'shrunk'}"


def _pair(role: str, metric: str) -> list[Estimator]:
    return [Estimator(role, metric, column, metric, (metric,)) for column in ("value", "shrunk")]


_AE = ("close_rate", "close_rate_adjusted")
ESTIMATORS = (
    *_pair("SDR", "acceptance_rate"),
    *_pair("SDR", "lead_velocity"),
    *_pair("AE", "close_rate"),
    *_pair("AM", "upsell_rate"),
    *_pair("AM", "grr"),
    *_pair("AM", "logo_retention"),
    *(Estimator("AE", metric, column, "skill", _AE) for metric in _AE for column in ("value", "shrunk")),
)


def places_in_top(values: np.ndarray) -> np.ndarray:
    """1 for who is among the best five, 0 for who is not; equal values share the last places evenly."""
    last = np.sort(values)[-TOP]
    above, level = values > last, values == last
    return above + level * (TOP - above.sum()) / level.sum()


def score(people: pd.DataFrame) -> dict[str, float]:
    """How near the estimates come. Columns truth and estimate, one row per person of one company."""
    truth, estimate = people["truth"].to_numpy(), people["estimate"].to_numpy()
    return {
        "hit": float(places_in_top(estimate) @ places_in_top(truth)) / TOP,
        "spearman": float(spearmanr(truth, estimate).statistic) if np.ptp(estimate) > 0 else 0.0,
        "rmse": float(np.sqrt(np.mean((truth - estimate) ** 2))),
    }


def told(people: pd.DataFrame) -> np.ndarray:
    """What the raw values are drawn to by somebody who is told the true mean and spread, and how chance moves each."""
    truth, raw = people["truth"].to_numpy(), people["value"].to_numpy(float)
    kind, metric = people[["kind", "metric"]].iloc[0]
    if kind == "amount":
        chance = people["standard_error"].to_numpy(float) ** 2
    elif kind == "rate" and metric != "close_rate_adjusted":
        chance = truth / people["denominator"].to_numpy(float)
    else:
        chance = truth * (1 - truth) / people["n"].to_numpy(float)
    between = np.var(truth)
    return (between * raw + chance * np.mean(truth)) / (between + chance)


def score_intervals(ranked: pd.DataFrame) -> dict[str, float]:
    """Coverage and width. Columns truth, rank_low and rank_high, one row for everybody ranked in one company."""
    rank = rankdata(-ranked["truth"].to_numpy())
    low, high = ranked["rank_low"].to_numpy(float), ranked["rank_high"].to_numpy(float)
    covered = (low <= rank) & (rank <= high)
    return {"coverage": float(covered.mean()), "width": float(np.mean(high - low + 1) / len(rank))}


def scores(estimator: Estimator, results: pd.DataFrame, true_values: pd.DataFrame) -> pd.DataFrame:
    """One row per company in which enough people are ranked. Only shrunk figures have intervals of rank."""
    ranked = results[results["is_ranked"] & (results["role"] == estimator.role)]
    of_metric = ranked[ranked["metric"] == estimator.metric].assign(estimate=lambda rows: rows[estimator.column])
    people = of_metric.merge(true_values[true_values["what"] == estimator.what], on=["role", "user_id"])
    for other in estimator.among:
        compared = ranked.loc[ranked["metric"] == other, "user_id"]
        people = people.assign(is_compared=people.get("is_compared", True) & people["user_id"].isin(compared))
    rows = []
    for company, everybody in people.groupby("company"):
        chosen = everybody[everybody["is_compared"]]
        if len(chosen) >= LEAST_PEOPLE:
            spans = score_intervals(everybody) if estimator.column == "shrunk" else {}
            best = score(chosen.assign(estimate=told(chosen)))["rmse"]
            rows.append({"company": company, **score(chosen), "told": best, **spans})
    return pd.DataFrame(rows).set_index("company")


def run(warehouse: SimulatedWarehouse, numbers: range, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Results and true values of some companies, which go through the SQL together."""
    companies = [simulate(number, seed) for number in numbers]
    warehouse.run(frames(companies), ("fct_metric_estimates", "fct_metric_ranks"))
    return warehouse.db.sql(RESULTS).df(), truths(companies)


def report(results: pd.DataFrame, true_values: pd.DataFrame) -> list[str]:
    """The table, one line per estimator, and how often the shrunk figure errs less than the raw one."""
    heads = ("companies", "top 5", "rho", "rmse", "coverage", "width")
    lines = [f"{'the true …: estimated by':44} " + " ".join(f"{head:>9}" for head in heads)]
    rmse, rmse_told = {}, {}
    for estimator in ESTIMATORS:
        found = scores(estimator, results, true_values)
        rmse[estimator], rmse_told[estimator] = found["rmse"], found["told"]
        means = found.mean()
        spans = [f"{means[part]:9.1%}" if part in means else f"{'–':>9}" for part in ("coverage", "width")]
        figures = f"{len(found):9} {means['hit']:9.1%} {means['spearman']:9.3f} {means['rmse']:9.4f}"
        lines.append(f"{estimator.label:44} {figures} {' '.join(spans)}")
    for raw, shrunk in zip(ESTIMATORS[::2], ESTIMATORS[1::2], strict=True):
        share, of_told = (float((errors[shrunk] < rmse[raw]).mean()) for errors in (rmse, rmse_told))
        lines.append(f"{shrunk.label} errs less than raw in {share:.1%} of companies, told the truth in {of_told:.1%}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--companies", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    warehouse = SimulatedWarehouse()
    warehouse.db.execute("update staging.stg_context set " + ", ".join(f"has_{entity} = true" for entity in ENTITIES))
    starts = range(0, options.companies, BATCH)
    batches = [run(warehouse, range(n, min(n + BATCH, options.companies)), options.seed) for n in starts]
    results, true_values = (pd.concat(parts, ignore_index=True) for parts in zip(*batches, strict=True))
    print("\n".join(report(results, true_values)))


if __name__ == "__main__":
    main()
