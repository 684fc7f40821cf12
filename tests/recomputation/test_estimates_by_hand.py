"""Shrinkage, places and the adjusted close rate of the recomputation against numbers worked by hand."""

from __future__ import annotations

from collections import Counter
from math import exp
from statistics import NormalDist

import pytest

from tests.recomputation import shrinkage as s
from tests.recomputation.cohort import Mix, Tally
from tests.recomputation.pairs import expectation, logit
from tests.recomputation.places import places, tier

ELEVEN = [8] * 5 + [5] + [2] * 5


def test_a_proportion_is_drawn_to_the_mean_by_as_much_as_people_are_alike() -> None:
    # spread 10 · 10 · 0.09 ÷ 0.25 = 36, made 36 · 10/8 = 45, less ten, over 90: ρ = 7/18, M = 11/7.
    prior = s.proportion_prior(ELEVEN, [10] * 11)
    assert prior is not None
    assert (prior.mean, prior.strength) == (0.5, pytest.approx(11 / 7))
    assert prior.between == pytest.approx(7 / 18 / 4)
    assert prior.doubt == pytest.approx(2 / 8 * (45 / 35) ** 2)
    value, variance = s.shrink_proportion(prior, 8, 10)
    assert value == pytest.approx(41 / 54)
    pull = 11 / 81
    assert variance == pytest.approx(41 / 54 * 13 / 54 / (88 / 7) + prior.doubt * (pull * 14 / 54) ** 2)
    assert s.shrink_proportion(prior, 0, 0) == (0.5, pytest.approx(0.25 / (18 / 7)))


@pytest.mark.parametrize(
    ("successes", "trials", "strength"),
    [
        ([8, 2], [10, 10], 1.0),  # ρ is never above one half
        ([6, 4], [10, 10], 3.5),  # less spread than chance makes counts as chance; two people as four: (3 − 1) ÷ 9
        ([5, 5, 5, 5, 5], [10] * 5, 8.0),  # (4 · 2 − 4) ÷ 36
        ([5], [10], 999.0),
        ([10, 10], [10, 10], 999.0),
        ([0, 0], [10, 10], 999.0),
        ([1, 0], [1, 1], 999.0),
    ],
)
def test_the_strength_of_a_proportion_at_its_edges(successes: list[int], trials: list[int], strength: float) -> None:
    prior = s.proportion_prior(successes, trials)
    assert prior is not None
    assert prior.strength == pytest.approx(strength)


def test_a_rate_and_somebody_without_exposure() -> None:
    prior = s.rate_prior([30, 10], [10, 10])  # τ² = (20 · 3 − 2) ÷ 10, b = 2 ÷ 5.8
    assert prior is not None
    assert (prior.mean, prior.between, prior.strength) == (2, 5.8, pytest.approx(10 / 29))
    assert prior.doubt == 1  # two people say next to nothing of how people differ
    value, variance = s.shrink_rate(prior, 30, 10)
    assert value == pytest.approx(89 / 30)
    assert variance == pytest.approx(89 / 30 / (300 / 29) + (1 / 30 * 29 / 30) ** 2)
    assert s.shrink_rate(prior, 0, 0) == (2, 5.8)


@pytest.mark.parametrize(("counts", "exposures"), [([5], [2]), ([0, 0], [3, 4])])
def test_rates_of_which_nothing_can_be_seen_are_all_the_mean(counts: list[int], exposures: list[int]) -> None:
    prior = s.rate_prior(counts, exposures)
    assert prior is not None
    assert (prior.between, prior.strength) == (0, None)
    assert s.shrink_rate(prior, counts[0], exposures[0]) == (sum(counts) / sum(exposures), 0)


def test_equal_rates_may_still_be_of_people_who_differ() -> None:
    prior = s.rate_prior([20, 20], [10, 10])  # τ² = (2 · 3 − 2) ÷ 10
    assert prior is not None
    assert (prior.between, prior.strength) == (0.4, 5)
    assert s.shrink_rate(prior, 20, 10) == (2, pytest.approx(2 / 15))


def test_an_amount_is_drawn_to_the_mean_by_its_error_beside_what_people_differ_by() -> None:
    prior = s.amount_prior([0.2, 0.0], [0.01, 0.01])  # Q = 2, τ² = (2 · 3 − 1) ÷ 100
    assert prior is not None
    assert (prior.mean, prior.between, prior.doubt) == (pytest.approx(0.1), pytest.approx(0.05), 1)
    value, variance = s.shrink_amount(prior, 0.2, 0.01)
    assert value == pytest.approx(0.1 + 0.1 * 5 / 6)
    assert variance == pytest.approx(0.05 * 0.01 / 0.06 + (0.1 * 5 / 36) ** 2)
    assert s.shrink_amount(prior, 0.2, None) == (pytest.approx(0.1), pytest.approx(0.05))
    alone = s.amount_prior([0.2], [0.01])
    assert alone is not None
    assert s.shrink_amount(alone, 0.2, 0.01) == (0.2, 0)


def test_nobody_with_a_denominator_means_nothing_to_be_drawn_to() -> None:
    assert s.proportion_prior([], []) is s.rate_prior([], []) is s.amount_prior([], []) is None


def test_wins_against_expected_wins() -> None:
    prior = s.adjusted_prior([30, 10], [20, 20], 0.4)  # τ² = (10 · 3 − 0.6) ÷ 20
    k = 0.6 / 1.47
    assert (prior.between, prior.strength, prior.doubt) == (pytest.approx(1.47), pytest.approx(k), 1)
    value, variance = s.shrink_adjusted(prior, 30, 20)
    assert value == pytest.approx(0.4 * (30 + k) / (20 + k))
    own = 0.16 * 0.6 * (30 + k) / (20 + k) ** 2
    assert variance == pytest.approx(own + (k / (20 + k) * (value - 0.4)) ** 2)
    assert s.shrink_adjusted(prior, 0, 0)[0] == pytest.approx(0.4)
    assert s.adjusted_prior([0, 0], [0, 0], 0.0).between == s.adjusted_prior([3], [3], 0.5).between == 0.001
    assert s.shrink_adjusted(s.adjusted_prior([3], [3], 1.0), 0, 0) == (1.0, 0.0)


TALLY = Tally(
    Counter({("s1", "a1"): 10, ("s1", "a2"): 10}),
    Counter({("s1", "a1"): 8, ("s1", "a2"): 2}),
)


def test_an_ae_is_held_against_what_the_others_win_of_the_same_leads() -> None:
    mix = Mix(TALLY)  # μ = ½, M = 1
    first, second = mix.columns("a1"), mix.columns("a2")
    assert first["expected_wins"] == pytest.approx(10 * 2.5 / 11)
    assert second["expected_wins"] == pytest.approx(10 * 8.5 / 11)
    assert first["close_rate_adjusted"] == pytest.approx(0.5 * 8 / (25 / 11))
    assert (first["shared_deals"], first["mix_identified"], first["close_rate"]) == (10, True, 0.8)
    absent = mix.columns("a9")
    assert (absent["cohort_deals"], absent["close_rate_adjusted"], absent["mix_identified"]) == (0, None, False)


def test_who_shares_no_sdr_with_the_rest_cannot_be_told_from_the_sdr() -> None:
    apart = {("s2", "a3"): 6, ("s2", "a4"): 5, ("source:(none)", "a5"): 4, ("s1", "a5"): 4}
    mix = Mix(Tally(TALLY.trials + Counter(apart), TALLY.successes + Counter(apart)))
    assert mix.identified == {"a1", "a2"}  # a3 and a4 share five, in the smaller part; a5 shares four
    assert mix.shared_deals == {"a1": 10, "a2": 10, "a3": 5, "a4": 5, "a5": 4}
    assert sum(mix.expected_wins.values()) == pytest.approx(sum(mix.tally.successes.values()))


def test_a_pair_is_held_against_what_both_do_with_others() -> None:
    tally = Tally(TALLY.trials + Counter({("s2", "a1"): 10}), TALLY.successes + Counter({("s2", "a1"): 5}))
    prior = tally.prior  # μ = 15/30
    assert prior is not None
    assert prior.mean == 0.5
    m = prior.strength or 0
    of_sdr, of_ae = (2 + m / 2) / (10 + m), (5 + m / 2) / (10 + m)
    share = 1 / (1 + exp(-(logit(of_sdr) + logit(of_ae))))
    expected, residual = expectation(tally, ("s1", "a1"))
    assert expected == pytest.approx(10 * share)
    assert residual == pytest.approx(8 - 10 * share)
    assert expectation(tally, ("s3", "a1")) == (0, 0)
    assert expectation(Tally(Counter({("s1", "a1"): 3}), Counter({("s1", "a1"): 3})), ("s1", "a1")) == (3, 0)


def test_two_equal_people_share_the_first_place() -> None:
    first, second = places([0.3, 0.3 + 1e-14], [0.0, 0.0])
    assert first == second
    assert (first.rank, first.rank_low, first.rank_high, first.expected_rank) == (1, 1, 2, 1.5)


def test_people_known_exactly_have_one_place_each() -> None:
    found = places([0.1, 0.3, 0.2], [0.0, 0.0, 0.0])
    assert [(p.rank, p.rank_low, p.rank_high, p.expected_rank) for p in found] == [
        (3, 3, 3, 3),
        (1, 1, 1, 1),
        (2, 2, 2, 2),
    ]


def test_the_expected_place_is_one_plus_the_chance_of_everybody_else_to_be_better() -> None:
    first, second, third = places([0.5, 0.4, -9], [0.03, 0.04, 0.01])
    better = NormalDist().cdf(0.1 / 0.05)  # of the first than the second
    assert first.expected_rank == pytest.approx(1 + 1 - better, abs=0.005)
    assert second.expected_rank == pytest.approx(1 + better, abs=0.005)
    assert (first.rank_low, first.rank_high, third.rank_low) == (1, 1, 3)
    assert (second.rank_low, second.rank_high) == (2, 2)


def test_an_interval_that_only_touches_the_mean_is_not_separable() -> None:
    assert tier(0.5, 0.7, 0.5) == tier(0.3, 0.5, 0.5) == "not_separable"
    assert (tier(0.51, 0.7, 0.5), tier(0.3, 0.49, 0.5)) == ("clearly_above", "clearly_below")
    assert tier(0.3, 0.49, 0.5, is_higher_better=False) == "clearly_above"
