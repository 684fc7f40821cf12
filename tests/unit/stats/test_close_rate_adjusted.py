"""What the AE models make of random and of extreme companies, against the definitions of support/close_rates.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from tests.support.ae_cohorts import AeCohorts
from tests.support.close_rates import (
    EXTREMES,
    Matrix,
    all_wins,
    definitions,
    no_wins,
    random_company,
    some_wins,
)

COLUMNS = (
    *("expected_wins", "close_rate_adjusted", "shared_deals", "mix_identified"),
    *("role_mean", "prior_strength", "between_variance", "shrunk", "variance"),
)
RESULT = f"""
    select ae_id, {", ".join(COLUMNS)}
    from metrics.fct_ae_periods inner join metrics.fct_close_rate_adjusted using (period_type, period_start, ae_id)
    order by ae_id
"""


def cohort(deals: Matrix, won: Matrix) -> pd.DataFrame:
    """One row per deal; the last feeder is nobody: deals without an SDR."""
    rows = [
        {
            "ae_id": f"a{ae:03d}",
            "sdr_id": f"s{sdr}" if sdr < deals.shape[1] - 1 else None,
            "is_won": number < won[ae, sdr],
        }
        for ae, sdr in np.argwhere(deals)
        for number in range(deals[ae, sdr])
    ]
    return pd.DataFrame(rows).astype({"sdr_id": "str"})


@pytest.fixture(scope="module")
def cohorts() -> AeCohorts:
    return AeCohorts()


def built(cohorts: AeCohorts, deals: pd.DataFrame) -> pd.DataFrame:
    with cohorts.run(deals) as connection:
        return connection.execute(RESULT).df()


@pytest.mark.parametrize("seed", range(25))
def test_random_companies_come_out_as_defined(cohorts: AeCohorts, seed: int) -> None:
    deals, won = random_company(seed)
    pd.testing.assert_frame_equal(built(cohorts, cohort(deals, won)), definitions(deals, won), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("wins", [no_wins, all_wins, some_wins])
@pytest.mark.parametrize("deals", EXTREMES)
def test_extreme_companies_come_out_as_defined(
    cohorts: AeCohorts, deals: str, wins: Callable[[Matrix], Matrix]
) -> None:
    matrix = np.array(EXTREMES[deals])
    won = wins(matrix)
    pd.testing.assert_frame_equal(built(cohorts, cohort(matrix, won)), definitions(matrix, won), rtol=1e-9, atol=1e-9)


def test_a_long_chain_of_feeders_connects_its_ends(cohorts: AeCohorts) -> None:
    aes = 60
    deals = np.eye(aes, aes + 1, dtype=int) * 6 + np.eye(aes, aes + 1, k=1, dtype=int) * 6
    result = built(cohorts, cohort(deals, deals // 2))
    assert list(result["shared_deals"]) == [6.0, *[12.0] * (aes - 2), 6.0]
    assert result["mix_identified"].all()


def test_the_expected_wins_add_up_to_the_wins(cohorts: AeCohorts) -> None:
    deals, won = random_company(3)
    assert built(cohorts, cohort(deals, won))["expected_wins"].sum() == pytest.approx(won.sum(), abs=1e-9)


def test_the_order_of_the_deals_changes_no_bit(cohorts: AeCohorts) -> None:
    rows = cohort(*random_company(5))
    shuffled = rows.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(built(cohorts, rows), built(cohorts, shuffled), check_exact=True)
