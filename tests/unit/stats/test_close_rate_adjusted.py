"""What the AE models make of a cohort, against the definitions worked in numpy on random and on extreme companies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from tests.support.ae_cohorts import AeCohorts

COLUMNS = (
    *("expected_wins", "close_rate_adjusted", "shared_deals", "mix_identified"),
    *("role_mean", "prior_strength", "between_variance", "shrunk", "variance"),
)
RESULT = f"""
    select ae_id, {", ".join(COLUMNS)}
    from metrics.fct_ae_periods inner join metrics.fct_close_rate_adjusted using (period_type, period_start, ae_id)
    order by ae_id
"""
Matrix = np.ndarray  # AEs × feeders


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


def differences(spread: float, chance: float, room: float, people: int) -> tuple[float, float]:
    """τ² and its relative variance, of a spread that chance alone would bring to `chance`; nothing of one person."""
    if people < 2 or room == 0 or chance == 0:
        return 0.0, 0.0
    counted = max(people, 4)
    wide = max(spread, chance) * (counted - 1) / (counted - 3)
    return (wide - chance) / room, min(1.0, 2 / (counted - 3) / (1 - chance / wide) ** 2)


def proportion_strength(k: np.ndarray, n: np.ndarray) -> float:
    """M of the rule for proportions."""
    mean = k.sum() / n.sum()
    if mean in (0, 1) or len(n) < 2 or (n - 1).sum() == 0:
        return 999.0
    spread = (n * (k / n - mean) ** 2).sum() / (mean * (1 - mean))
    rho, _ = differences(spread, len(n) - 1, ((n - 1) * (1 - n / n.sum())).sum(), len(n))
    return 1 / float(np.clip(rho, 0.001, 0.5)) - 1


def expected_wins(deals: Matrix, won: Matrix) -> np.ndarray:
    """Each AE's, leave-one-out, scaled to the wins there were."""
    n, k = deals.sum(axis=1), won.sum(axis=1)
    mean, strength = k.sum() / n.sum(), proportion_strength(k, n)
    others = (won.sum(axis=0) - won + mean * strength) / (deals.sum(axis=0) - deals + strength)
    expected = (deals * others).sum(axis=1)
    return expected * k.sum() / expected.sum() if k.sum() else np.zeros(len(n))


def largest_component(deals: Matrix) -> set[int]:
    """The AEs connected by shared feeders, of the component with the most deals, then of the first AE."""
    left, components = set(range(len(deals))), list[set[int]]()
    while left:
        reached, frontier = set[int](), {min(left)}
        while frontier:
            reached |= frontier
            feeders = deals[sorted(frontier)].any(axis=0)
            frontier = set(np.flatnonzero(deals[:, feeders].any(axis=1)).tolist()) - reached
        components.append(reached)
        left -= reached
    return max(components, key=lambda aes: (deals[sorted(aes)].sum(), -min(aes)))


def definitions(deals: Matrix, won: Matrix) -> pd.DataFrame:
    """The columns of RESULT."""
    n, w, e = deals.sum(axis=1), won.sum(axis=1), expected_wins(deals, won)
    mean = w.sum() / n.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        spread, room = np.nansum(e * (w / e - 1) ** 2), e.sum() - (e**2).sum() / e.sum()
        found, doubt = differences(spread, (len(n) - 1) * (1 - mean), room, len(n) if mean else 0)
        value = mean * w / e
    between = max(0.001, found)
    k = (1 - mean) / between
    shrunk = mean * (w + k) / (e + k)
    pull = k / (e + k)
    shared = np.minimum(deals, deals.sum(axis=0) - deals).sum(axis=1)
    connected = np.isin(np.arange(len(n)), sorted(largest_component(deals)))
    return pd.DataFrame(
        {
            "ae_id": [f"a{ae:03d}" for ae in range(len(n))],
            "expected_wins": e,
            "close_rate_adjusted": value,
            "shared_deals": shared.astype(float),
            "mix_identified": (shared >= 5) & connected,
            "role_mean": mean,
            "prior_strength": k,
            "between_variance": between,
            "shrunk": shrunk,
            "variance": mean**2 * (1 - mean) * (w + k) / (e + k) ** 2 + doubt * (pull * (shrunk - mean)) ** 2,
        }
    )


def random_company(seed: int) -> tuple[Matrix, Matrix]:
    """Up to 40 AEs, few or many deals, feeders shared by many or by nobody."""
    chance = np.random.default_rng(seed)
    aes, feeders = chance.integers(2, 41), chance.integers(2, 21)
    deals = chance.poisson(chance.gamma(0.3, chance.choice([1, 10, 30]), (aes, feeders)))
    deals[np.arange(aes), chance.integers(0, feeders, aes)] += 1
    wins, losses = chance.choice([(2, 6), (5, 5), (1, 30)])
    return deals, chance.binomial(deals, chance.beta(wins, losses, (aes, 1)))


def no_wins(deals: Matrix) -> Matrix:
    return np.zeros_like(deals)


def all_wins(deals: Matrix) -> Matrix:
    return deals.copy()


def some_wins(deals: Matrix) -> Matrix:
    return deals // 3


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
@pytest.mark.parametrize(
    "deals",
    [
        pytest.param([[9, 6]], id="one AE"),
        pytest.param([[6, 0, 0], [0, 6, 0]], id="nothing shared"),
        pytest.param([[1, 0], [1, 0], [0, 1]], id="one deal each"),
        pytest.param([[9, 9], [9, 9], [9, 9]], id="no spread"),
        pytest.param([[300, 0, 1], [3, 200, 0], [0, 0, 40]], id="one giant"),
    ],
)
def test_extreme_companies_come_out_as_defined(
    cohorts: AeCohorts, deals: list[list[int]], wins: Callable[[Matrix], Matrix]
) -> None:
    matrix = np.array(deals)
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
