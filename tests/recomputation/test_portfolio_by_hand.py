"""Portfolios of the recomputation against examples worked by hand, as test_recomputation_by_hand.py for the rest."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.settings import Config
from tests.recomputation.books import survivor
from tests.recomputation.by_hand import ASSIGNMENTS, USERS, csv
from tests.recomputation.deliver import deliver
from tests.recomputation.metrics import recompute

INVOICE_HEADER = "invoice_id,account_id,invoiced_on,amount,currency,kind,updated_at"
OWNERS = """
    account_id,am_id,valid_from,valid_to,updated_at
    c1,m1,2022-01-01,,2023-12-01T00:00:00Z
"""
ACCOUNTS = """
    account_id,segment,created_at,merged_into_id,updated_at
    c1,small,2022-01-01T00:00:00Z,,2023-12-01T00:00:00Z
    c2,big,2022-01-01T00:00:00Z,c1,2023-12-01T00:00:00Z
"""


def test_a_portfolio_of_1000_that_becomes_1500_has_grown_by_half(tmp_path: Path) -> None:
    deliver(
        tmp_path,
        "2023-12-31",
        users=USERS,
        assignments=ASSIGNMENTS,
        accounts=ACCOUNTS,
        account_owners=OWNERS,
        invoices=csv(
            INVOICE_HEADER,
            "i1,c1,2022-06-01,1000.00,EUR,,2022-06-01T00:00:00Z",
            "i2,c1,2023-06-01,1500.00,EUR,,2023-06-01T00:00:00Z",
        ),
    )
    tables = recompute(tmp_path, Config())
    row = tables["am_ranking"]["year", date(2023, 1, 1), "m1"]
    assert (row["opening"], row["expansion"], row["closing"]) == (Decimal(1000), Decimal(500), Decimal(1500))
    assert (row["upsell_rate"], row["nrr"], row["grr"], row["logo_retention"]) == (0.5, 1.5, 1.0, 1.0)
    assert row["not_ranked_reason"] == "below_min_n"
    line = tables["portfolio_bridge"]["year", date(2023, 1, 1), "m1", "c1"]
    assert (line["line"], line["line_amount"], line["is_top"]) == ("expansion", Decimal(500), True)


def test_a_flat_client_that_pays_in_dollars_shows_only_fx(tmp_path: Path) -> None:
    deliver(
        tmp_path,
        "2023-12-31",
        users=USERS,
        assignments=ASSIGNMENTS,
        account_owners=OWNERS,
        invoices=csv(
            INVOICE_HEADER,
            "i1,c1,2022-06-01,100.00,USD,,2022-06-01T00:00:00Z",
            "i2,c1,2023-06-01,100.00,USD,,2023-06-01T00:00:00Z",
        ),
        fx_rates="currency,rate_on,rate_to_base\nUSD,2022-01-01,0.9\nUSD,2023-05-01,0.8",
    )
    row = recompute(tmp_path, Config())["am_ranking"]["year", date(2023, 1, 1), "m1"]
    assert (row["opening"], row["closing"], row["fx"]) == (Decimal("90.00"), Decimal("80.00"), Decimal("-10.00"))
    assert (row["upsell_rate"], row["expansion"], row["contraction"]) == (0.0, 0, 0)


def test_a_client_nobody_owns_stays_with_its_last_am_and_then_goes_to_nobody(tmp_path: Path) -> None:
    left = ASSIGNMENTS.replace("m1,AM,2022-01-01,,", "m1,AM,2022-01-01,2024-03-01,")
    deliver(
        tmp_path,
        "2024-03-31",
        users=USERS,
        assignments=left,
        account_owners=OWNERS.replace("2022-01-01,,", "2022-01-01,2024-01-15,"),
        invoices=csv(INVOICE_HEADER, "i1,c1,2024-01-10,100.00,EUR,,2024-01-10T00:00:00Z"),
    )
    bridge = recompute(tmp_path, Config())["portfolio_bridge"]
    assert bridge["month", date(2024, 2, 1), "m1", "c1"]["line"] == "unchanged"
    assert bridge["month", date(2024, 3, 1), "m1", "c1"]["line"] == "transfer_out"
    arrived = bridge["month", date(2024, 3, 1), "(unassigned)", "c1"]
    assert (arrived["line"], arrived["other_am_id"], arrived["full_name"]) == ("transfer_in", "m1", "Unassigned")


@pytest.mark.parametrize("portfolio_value", ["trailing_12m", "recurring_month"])
def test_closing_is_the_opening_of_the_next_period_and_the_bridge_closes(tmp_path: Path, portfolio_value: str) -> None:
    deliver(
        tmp_path,
        "2024-03-15",
        users=USERS,
        assignments=ASSIGNMENTS,
        accounts=ACCOUNTS,
        account_owners=OWNERS + "    c3,m1,2023-01-01,2024-02-10,2024-01-01T00:00:00Z\n"
        "    c3,m2,2024-02-10,,2024-01-01T00:00:00Z",
        invoices=csv(
            INVOICE_HEADER,
            "i1,c1,2023-01-31,33.33,USD,recurring,2024-01-01T00:00:00Z",
            "i2,c2,2023-12-31,10.01,USD,recurring,2024-01-01T00:00:00Z",
            "i3,c3,2024-01-31,99.99,USD,recurring,2024-01-01T00:00:00Z",
            "i4,c3,2024-02-29,-9.99,EUR,credit,2024-03-01T00:00:00Z",
            "i5,c1,2024-02-29,12.50,USD,one_off,2024-03-01T00:00:00Z",
        ),
        fx_rates="currency,rate_on,rate_to_base\nUSD,2022-01-01,0.91111111\nUSD,2024-01-20,0.83333333",
    )
    tables = recompute(tmp_path, Config(portfolio_value=portfolio_value))
    rows = tables["am_ranking"]
    compared = 0
    for (kind, start, am), row in rows.items():
        gained = row["expansion"] + row["new"] + row["reactivated"] + row["transfer_in"] + row["fx"]
        lost = row["contraction"] + row["churn"] + row["transfer_out"]
        assert row["closing"] == row["opening"] + gained - lost
        following = rows.get((kind, row["period_end"], am))
        if following:
            compared += 1
            assert row["closing"] == following["opening"], (kind, start, am)
    assert compared > 20
    assert any(row["closing"] for row in rows.values())
    assert {key[3] for key in tables["portfolio_bridge"]} == {"c1", "c3"}  # c2 was merged into c1


def test_members_of_a_merge_cycle_stay_themselves() -> None:
    merges = {"a": "b", "b": "c", "c": "b", "d": "e", "e": "unknown", "f": "f"}
    assert [survivor(account, merges) for account in "abcdef"] == ["b", "b", "c", "unknown", "unknown", "f"]
