"""The cohort window of a period, and what an AE would win of its deals whoever the SDRs were.

Windows, horizons and the leave-one-out expectation; the counts of an AE's or SDR's row are ae.py's and sdr.py's work.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from tests.recomputation.crm import Crm
from tests.recomputation.deals import Deal
from tests.recomputation.periods import Period, add_months
from tests.recomputation.ratios import Row, ratio
from tests.recomputation.shrinkage import Prior, proportion_prior

MIN_WINS, SHORTEST_HORIZON, USUAL_HORIZON = 20, 30, 90
ENOUGH_SHARED_DEALS = 5

Pair = tuple[str, str]  # (from whom, to whom)


@dataclass(frozen=True)
class Window:
    """`[start, end)`: long enough before the period's cut that everything in it has had `horizon` days."""

    horizon: int
    start: date
    end: date

    def holds(self, day: date) -> bool:
        return self.start <= day < self.end


def window_of(crm: Crm, period: Period) -> Window:
    """The cohort window of a period."""
    horizon = _horizon(crm, period)
    end = period.cut - timedelta(days=horizon)
    return Window(horizon, end - timedelta(days=crm.config.close_window_days), end)


def _horizon(crm: Crm, period: Period) -> int:
    """H: the 90 % point of the days from acceptance to win, over the wins of the two years to the cut."""
    if crm.config.close_horizon_days:
        return crm.config.close_horizon_days
    since = add_months(period.cut, -24)
    days = sorted(
        max(0.0, deal.cycle_days or 0.0)
        for deal in crm.deals
        if deal.is_won and deal.close_on is not None and since <= deal.close_on < period.cut
    )
    if len(days) < MIN_WINS:
        return USUAL_HORIZON
    # Binary fractions must not push a whole number of days up to the next one.
    return max(SHORTEST_HORIZON, math.ceil(round(quantile(days, 0.9), 9)))


def quantile(ordered: list[float], share: float) -> float:
    """Linear between the two nearest of the ordered values, as quantile_cont."""
    position = share * (len(ordered) - 1)
    below = math.floor(position)
    above = math.ceil(position)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def feeding_group(crm: Crm, deal: Deal) -> str:
    """The SDR who handed the deal over, else the source of its lead."""
    if deal.handoff is not None:
        return str(deal.handoff.sdr_id)
    lead = crm.leads.get(deal.row.lead_id)
    return f"source:{(lead and lead.source) or '(none)'}"


@dataclass(frozen=True)
class Tally:
    """Trials and successes of every pair (from whom, to whom)."""

    trials: Counter[Pair]
    successes: Counter[Pair]
    ae_side: int = 1  # where in a pair the AE stands

    @cached_property
    def by_sender(self) -> dict[str, tuple[int, int]]:
        """(trials, successes) of everything somebody sent."""
        return self._sums(0)

    @cached_property
    def by_receiver(self) -> dict[str, tuple[int, int]]:
        """(trials, successes) of everything somebody received."""
        return self._sums(1)

    def _sums(self, side: int) -> dict[str, tuple[int, int]]:
        sums: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for pair in sorted(self.trials):
            trials, successes = sums[pair[side]]
            sums[pair[side]] = (trials + self.trials[pair], successes + self.successes[pair])
        return dict(sums)

    @cached_property
    def prior(self) -> Prior | None:
        """μ and M by the rule for proportions over the AEs."""
        counts = (self.by_sender, self.by_receiver)[self.ae_side].values()
        return proportion_prior([won for _, won in counts], [n for n, _ in counts])

    def leave_one_out(self, pair: Pair) -> tuple[float, float]:
        """The shrunk shares of the sender without this receiver, and of the receiver without this sender."""
        prior = self.prior
        assert prior is not None and prior.strength is not None
        n, won = self.trials[pair], self.successes[pair]
        return (
            _shrunk_share(self.by_sender[pair[0]], n, won, prior.mean, prior.strength),
            _shrunk_share(self.by_receiver[pair[1]], n, won, prior.mean, prior.strength),
        )


def _shrunk_share(of_all: tuple[int, int], trials: int, successes: int, mean: float, strength: float) -> float:
    return (of_all[1] - successes + mean * strength) / (of_all[0] - trials + strength)


def cohort_tally(crm: Crm, window: Window, cohort: Iterable[Deal]) -> Tally:
    """Deals and wins within the horizon of every feeding group and AE."""
    trials: Counter[Pair] = Counter()
    successes: Counter[Pair] = Counter()
    for deal in cohort:
        pair = (feeding_group(crm, deal), deal.accept_ae)
        trials[pair] += 1
        successes[pair] += deal.is_won_within(window.horizon, deal.accept_at)
    return Tally(trials, successes)


class Mix:
    """Which AE got deals of which group, and what can be said of an AE apart from them."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.expected_wins = _expected_wins(tally)
        self.shared_deals = {ae: _shared_deals(tally, ae) for ae in tally.by_receiver}
        enough = {ae for ae, shared in self.shared_deals.items() if shared >= ENOUGH_SHARED_DEALS}
        self.identified = enough & _largest_component(tally)

    def columns(self, ae: str) -> Row:
        """An AE's deals and wins of the cohort, as they are and against the expectation."""
        deals, won = self.tally.by_receiver.get(ae, (0, 0))
        expected = self.expected_wins.get(ae, 0.0)
        against = ratio(won, expected)
        return {
            "cohort_deals": deals,
            "cohort_won": won,
            "close_rate": ratio(won, deals),
            "expected_wins": expected,
            "close_rate_adjusted": None
            if against is None or self.tally.prior is None
            else self.tally.prior.mean * against,
            "shared_deals": float(self.shared_deals.get(ae, 0)),
            "mix_identified": ae in self.identified,
        }


def _expected_wins(tally: Tally) -> dict[str, float]:
    """AE -> wins if each deal were worth what its group's deals are with everybody else; together as many as real."""
    expected: dict[str, float] = dict.fromkeys(tally.by_receiver, 0.0)
    for pair in sorted(tally.trials):
        expected[pair[1]] += tally.trials[pair] * tally.leave_one_out(pair)[0]
    everything = math.fsum(expected.values())
    scale = sum(tally.successes.values()) / everything if everything else 0.0
    return {ae: wins * scale for ae, wins in expected.items()}


def _shared_deals(tally: Tally, ae: str) -> int:
    """Deals of `ae` that can be set beside another AE's of the same group."""
    return sum(min(n, tally.by_sender[group][0] - n) for (group, to), n in tally.trials.items() if to == ae)


def _largest_component(tally: Tally) -> set[str]:
    """The AEs of the connected part of the AE and group graph with most deals; of equals that of the smallest id."""
    neighbours: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for group, ae in tally.trials:
        neighbours["group", group].add(("ae", ae))
        neighbours["ae", ae].add(("group", group))
    components: list[set[str]] = []
    for ae in sorted(tally.by_receiver):
        if not any(ae in component for component in components):
            reached, todo = set(), [("ae", ae)]
            while todo:
                node = todo.pop()
                if node not in reached:
                    reached.add(node)
                    todo.extend(neighbours[node])
            components.append({name for kind, name in reached if kind == "ae"})
    return max(components, key=lambda aes: sum(tally.by_receiver[ae][0] for ae in aes), default=set())
