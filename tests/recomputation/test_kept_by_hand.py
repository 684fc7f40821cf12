"""The kept book of the recomputation against examples worked by hand: effects, top and tail, variance, archetypes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.settings import Config
from tests.recomputation.books import Worth
from tests.recomputation.by_hand import ASSIGNMENTS, USERS, csv
from tests.recomputation.deliver import deliver
from tests.recomputation.kept import Account, add_variances, archetype, kept_book
from tests.recomputation.metrics import recompute
from tests.recomputation.people import UNASSIGNED


def account(name: str, r0: int, r1: int, purchases: tuple[int, int] = (1, 1)) -> Account:
    at0, at1 = (Worth(Decimal(r), n, frozenset()) for r, n in zip((r0, r1), purchases, strict=True))
    return Account(name, "m1", "m1", at0, at1, at1, bought_before=True)


def test_growth_is_split_into_clients_kept_which_ones_how_often_and_how_much() -> None:
    book = kept_book([account("c1", 100, 0), account("c2", 100, 150), account("c3", 200, 250, (2, 5))])
    assert book["upsell_rate"] == 0
    assert book["retention_effect"] == pytest.approx(-1 / 3)  # one of three left
    assert book["tilt_effect"] == pytest.approx(1 / 12)  # those kept had been worth 150, everybody 133
    assert book["upsell_effect"] == 0.25  # of 150 became 200
    assert book["frequency_effect"] == 0.625  # 1½ purchases became 3, at 83⅓ each
    assert book["ticket_effect"] == -0.375  # of 100 became 66⅔, 2¼ times
    assert (book["grr"], book["nrr"], book["logo_retention"]) == (0.75, 1, pytest.approx(2 / 3))


def test_the_fewest_accounts_that_hold_half_are_the_top() -> None:
    book = kept_book([account("c1", 100, 0), account("c2", 100, 150), account("c3", 200, 190)])
    assert (book["top_accounts"], book["top_opening"], book["top_capped"]) == (1, 200, 190)
    assert (book["top_client_retention"], book["top_client_retention_noise"]) == (0.95, None)
    assert (book["tail_accounts"], book["tail_retained_accounts"], book["tail_logo_retention"]) == (2, 1, 0.5)


def test_a_book_of_which_nothing_is_left_has_lost_clients_and_nothing_else() -> None:
    book = kept_book([account("c1", 100, 0), account("c2", 300, 0)])
    assert (book["upsell_rate"], book["retention_effect"]) == (-1, -1)
    assert book["tilt_effect"] == book["upsell_effect"] == book["frequency_effect"] == book["ticket_effect"] == 0


def test_an_empty_book_has_no_effects() -> None:
    book = kept_book([])
    assert {book[name] for name in ("upsell_rate", "tilt_effect", "ticket_effect", "grr", "upsell_rate_noise")} == {
        None
    }


def variances(**books: list[Account]) -> dict[str, float | None]:
    rows = [{"am_id": am, **kept_book(accounts)} for am, accounts in books.items()]
    add_variances(rows, "am_id")
    return {row["am_id"]: row["upsell_rate_s2"] for row in rows}


def test_the_variance_of_a_ratio_of_two_accounts() -> None:
    # R0 = 200, Y = 300: y − r0 · 1.5 is 50 and −50; 2 · 5000 ÷ 20000 is the noise, ½ of the worth in each.
    assert variances(m1=[account("c1", 100, 200), account("c2", 100, 100)]) == {"m1": 0.25}
    assert variances(m1=[account("c1", 100, 110), account("c2", 100, 110)]) == {"m1": 0.0001}


def test_chance_moves_the_accounts_of_all_alike() -> None:
    restless = [account("c1", 100, 200), account("c2", 100, 100)]  # noise ½, one degree of freedom
    calm = [account("c3", 300, 300), account("c4", 100, 100), account("c5", 100, 100)]  # none, two
    single, unowned = [account("c6", 100, 900)], [account("c7", 100, 900), account("c8", 100, 0)]
    found = variances(m1=restless, m2=calm, m3=single, **{UNASSIGNED: unowned})
    assert found["m1"] == pytest.approx(1 / 6 * 1 / 2)
    assert found["m2"] == pytest.approx(1 / 6 * 110_000 / 250_000)
    assert found["m3"] is None


MEDIANS = {"top_client_retention": 0.9, "tail_logo_retention": 0.8, "grr": 0.85}
MAXIMISER = {
    "days_in_role": 30,
    "kept_accounts": 8,
    "tilt_effect": 0.01,
    "top_client_retention": 0.9,
    "tail_logo_retention": 0.79,
    "grr": 0.85,
    "upsell_effect": 0.1,
}


@pytest.mark.parametrize(
    ("differs", "name"),
    [
        ({}, "top_client_maximiser"),
        ({"kept_accounts": 7}, "insufficient"),
        ({"days_in_role": 0}, None),
        ({"tilt_effect": 0.0}, "grower"),
        ({"tail_logo_retention": 0.8}, "grower"),
        ({"tail_logo_retention": None}, "grower"),
        ({"top_client_retention": 0.89, "upsell_effect": 0.0}, "guardian"),
        ({"tilt_effect": -0.1, "grr": 0.84}, "leaky_expander"),
        ({"tilt_effect": -0.1, "grr": 0.84, "upsell_effect": -0.1}, "decliner"),
    ],
)
def test_the_first_archetype_that_fits(differs: dict[str, object], name: str | None) -> None:
    assert archetype(MAXIMISER | differs, MEDIANS) == name


def test_a_lifetime_sets_the_last_year_beside_the_first_at_one_rate(tmp_path: Path) -> None:
    deliver(
        tmp_path,
        "2024-03-31",
        users=USERS,
        assignments=ASSIGNMENTS,
        account_owners="""
            account_id,am_id,valid_from,valid_to,updated_at
            c1,m1,2022-01-01,,2023-12-01T00:00:00Z
            c2,m1,2022-01-01,,2023-12-01T00:00:00Z
            c3,m1,2022-01-01,,2023-12-01T00:00:00Z
        """,
        invoices=csv(
            "invoice_id,account_id,invoiced_on,amount,currency,kind,updated_at",
            "i0,c1,2022-02-01,-30.00,USD,credit,2022-06-01T00:00:00Z",  # before the first purchase
            "i1,c1,2022-03-31,100.00,USD,,2022-06-01T00:00:00Z",
            "i2,c1,2023-03-30,50.00,USD,,2022-06-01T00:00:00Z",
            "i3,c1,2023-03-31,75.00,USD,,2022-06-01T00:00:00Z",  # after the first year, before the last
            "i4,c1,2023-04-01,300.00,USD,,2022-06-01T00:00:00Z",
            "i5,c2,2022-04-01,10.00,EUR,,2022-06-01T00:00:00Z",  # exactly two years
            "i6,c2,2024-03-01,-10.00,EUR,credit,2022-06-01T00:00:00Z",  # never below zero
            "i7,c3,2022-04-02,999.00,EUR,,2022-06-01T00:00:00Z",  # a day too young
        ),
        fx_rates="currency,rate_on,rate_to_base\nUSD,2022-01-01,0.9\nUSD,2024-03-31,0.5",
    )
    row = recompute(tmp_path, Config())["am_ranking"]["month", date(2024, 3, 1), "m1"]
    assert (row["lifetime_accounts"], row["lifetime_first_value"]) == (2, Decimal("85.00"))
    assert (row["lifetime_last_value"], row["lifetime_growth"]) == (Decimal("150.00"), pytest.approx(150 / 85 - 1))
