"""Does the adjusted close rate find the better AEs where SDRs of unequal quality feed them unequally?

Skills, quality and pairings are drawn here; everything else is the project's SQL. An AE of skill a wins a deal from an
SDR of quality q with probability 1 / (1 + exp(-(b + a + q))). With b = -1.1 a quarter of the deals is won, one sd of
skill is 5 to 6 points of close rate and one of quality 9. Each AE has 60 % of the deals from one SDR, as where teams
sit together.

What the adjustment is worth depends on how much SDRs differ: where quality varies no more than skill it gains 0.02 to
0.03, and a model that was told the true spreads would gain no more than 0.04.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from tests.support.ae_cohorts import AeCohorts

AES, SDRS, COMPANIES = 20, 16, 50
BASE, SKILL_SD, QUALITY_SD, FROM_ONE_SDR = -1.1, 0.3, 0.5, 0.6
ESTIMATES = """
    select ae_id, close_rate, shrunk
    from metrics.fct_ae_periods inner join metrics.fct_close_rate_adjusted using (period_type, period_start, ae_id)
    order by ae_id
"""


@dataclass(frozen=True)
class Company:
    """What is true of the AEs, in the order of their ids, and the deals that show it."""

    skills: np.ndarray
    deals: pd.DataFrame


def company(seed: int) -> Company:
    """40 to 120 deals for each of 20 AEs, most of them from one of 16 SDRs."""
    chance = np.random.default_rng(seed)
    skills, quality = chance.normal(0, SKILL_SD, AES), chance.normal(0, QUALITY_SD, SDRS)
    aes = np.repeat(np.arange(AES), chance.integers(40, 121, AES))
    own_sdr = chance.integers(0, SDRS, AES)
    any_sdr = chance.integers(0, SDRS, len(aes))
    sdrs = np.where(chance.random(len(aes)) < FROM_ONE_SDR, own_sdr[aes], any_sdr)
    odds = np.exp(BASE + skills[aes] + quality[sdrs])
    deals = pd.DataFrame(
        {
            "ae_id": [f"a{ae:02d}" for ae in aes],
            "sdr_id": [f"s{sdr:02d}" for sdr in sdrs],
            "is_won": chance.random(len(aes)) < odds / (1 + odds),
        }
    )
    return Company(skills, deals)


@pytest.fixture(scope="module")
def correlations() -> pd.DataFrame:
    """Spearman's correlation with true skill, of the raw and the adjusted rate; one row per company."""
    cohorts = AeCohorts()
    found = []
    for seed in range(COMPANIES):
        simulated = company(seed)
        with cohorts.run(simulated.deals) as connection:
            estimates = connection.execute(ESTIMATES).df()
        assert len(estimates) == AES
        raw, adjusted = (spearmanr(simulated.skills, estimates[name])[0] for name in ("close_rate", "shrunk"))
        found.append({"raw": raw, "adjusted": adjusted})
    return pd.DataFrame(found)


def test_the_adjusted_rate_is_closer_to_skill_by_at_least_five_points_on_average(correlations: pd.DataFrame) -> None:
    means = correlations.mean()
    assert means["adjusted"] >= means["raw"] + 0.05, dict(means)


def test_the_adjusted_rate_is_the_better_one_in_at_least_35_of_50_companies(correlations: pd.DataFrame) -> None:
    assert (correlations["adjusted"] > correlations["raw"]).sum() >= 35
