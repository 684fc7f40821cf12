"""Does coaching that changes nothing read as nothing, and coaching that adds five points as five?

Coaches pick from those who did worst lately, so that most of the coached come back by themselves: the plain before and
after reads 5 to 6 points from nothing. How teams work and are coached is drawn in support/coached_teams.py; everything
else is the project's SQL, from sessions and leads on. A true share has an sd of 8 points and is seen in some 42 leads
of 60 days, with an sd of 8 points too.

"all": nobody of the weakest third goes without coaching, so that the rest of the role stands in. "often": a new
round every month, so that windows overlap and colleagues are coached soon after. There the standard error is on the
safe side (95 to 96 %), and only the effect is judged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd
import pytest

from tests.support.coached_teams import CoachingModels, Plan

PLANS = {
    "some": Plan(),
    "all": Plan(coached=1),
    "back to back": Plan(every=61),
    "all, back to back": Plan(every=61, coached=1),
    "often": Plan(every=30),
}
WITH_COVERAGE = [name for name in PLANS if name != "often"]
ADDED = 0.05
SEEDS = 50
Z = 1.645


@cache
def effects(plan: str, added: float) -> pd.DataFrame:
    """One row per coach and seed, made once."""
    return CoachingModels().effects(replace(PLANS[plan], added=added), range(SEEDS))


def _plans(names: Iterable[str]) -> list[Any]:
    """The first plan always, the others with the slow tests."""
    return [pytest.param(name, marks=() if name == "some" else pytest.mark.slow) for name in names]


@pytest.mark.parametrize("plan", _plans(PLANS))
def test_coaching_without_an_effect_reads_as_nothing(plan: str) -> None:
    found = effects(plan, 0.0)
    assert abs(found["effect"].mean()) <= 0.01, found["effect"].mean()
    # Before and after, side by side with it, reads coaching as a success that it was not.
    assert found["naive_change"].mean() >= 0.04, found["naive_change"].mean()


@pytest.mark.parametrize("plan", _plans(WITH_COVERAGE))
def test_zero_lies_within_the_error_as_often_as_it_says(plan: str) -> None:
    found = effects(plan, 0.0)
    known = found.dropna(subset=["effect_se"])
    assert len(known) >= 0.95 * len(found)
    covered = (known["effect"].abs() <= Z * known["effect_se"]).mean()
    assert 0.85 <= covered <= 0.95, covered


@pytest.mark.parametrize("plan", _plans(PLANS))
def test_coaching_that_adds_five_points_reads_as_five(plan: str) -> None:
    mean = effects(plan, ADDED)["effect"].mean()
    assert 0.04 <= mean <= 0.06, mean


def test_coaches_without_an_effect_are_seldom_called_good_or_bad_and_others_more_often() -> None:
    called = [(effects("some", added)["tier"] != "not_separable").mean() for added in (0.0, ADDED)]
    assert called[0] <= 0.05, called
    assert called[1] >= 0.25, called
