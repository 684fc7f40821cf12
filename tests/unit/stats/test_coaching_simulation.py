"""Does coaching that changes nothing read as nothing, and coaching that adds five points as five?

Coaches pick from those who did worst lately, so that the coached come back by themselves: the plain before and after
reads some 6 points from nothing. How teams work and are coached is drawn in support/coached_teams.py; everything else
is the project's SQL, from sessions and leads on. A true share has an sd of 8 points and is seen in some 42 leads of 60
days, with an sd of 8 points too.

"one at a time": every ten days somebody of the weakest third. "rounds": many of them on one day, each quarter, so that
they are held against the same few colleagues; the standard error, which takes episodes for independent, is then too
small, and only the effect is judged. "whole third": nobody of it goes without, and the rest of the role stands in.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from tests.support.coached_teams import CoachingModels, Plan

PLANS = {
    "one at a time": Plan(every=10, coached=0.1),
    "rounds": Plan(every=90, coached=2 / 3),
    "whole third": Plan(every=90, coached=1),
}
LESS_USUAL = [pytest.param(name, marks=pytest.mark.slow) for name in ("rounds", "whole third")]
ADDED = 0.05
SEEDS = 50
Z = 1.645


@cache
def effects(plan: str, added: float) -> pd.DataFrame:
    """One row per coach and seed, made once."""
    return CoachingModels().effects(replace(PLANS[plan], added=added), range(SEEDS))


@pytest.mark.parametrize("plan", ["one at a time", *LESS_USUAL])
def test_coaching_without_an_effect_reads_as_nothing(plan: str) -> None:
    found = effects(plan, 0.0)
    assert abs(found["effect"].mean()) <= 0.01, found["effect"].mean()
    # Before and after, side by side with it, reads coaching as a success that it was not.
    assert found["naive_change"].mean() >= 0.04, found["naive_change"].mean()


def test_zero_lies_within_the_error_as_often_as_it_says() -> None:
    found = effects("one at a time", 0.0)
    known = found.dropna(subset=["effect_se"])
    assert len(known) >= 0.95 * len(found)
    covered = (known["effect"].abs() <= Z * known["effect_se"]).mean()
    assert 0.85 <= covered <= 0.95, covered


@pytest.mark.slow
@pytest.mark.parametrize("plan", list(PLANS))
def test_coaching_that_adds_five_points_reads_as_five(plan: str) -> None:
    mean = effects(plan, ADDED)["effect"].mean()
    assert 0.04 <= mean <= 0.06, mean


@pytest.mark.slow
def test_coaches_without_an_effect_are_seldom_called_good_or_bad_and_others_more_often() -> None:
    called = [(effects("one at a time", added)["tier"] != "not_separable").mean() for added in (0.0, ADDED)]
    assert called[0] <= 0.1, called
    assert called[1] >= 0.25, called
