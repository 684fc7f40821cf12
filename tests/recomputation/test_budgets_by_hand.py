"""coaching_budget, worked by hand: 200 a day lost, 300 paid, and what that has to bring."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import Config
from tests.recomputation.by_hand import ASSIGNMENTS, USERS, csv
from tests.recomputation.deliver import deliver
from tests.recomputation.metrics import recompute

PAY = "user_id,month,amount,currency,selling_days"
SESSIONS = "session_id,coach_id,coachee_id,held_on,minutes,updated_at"
AS_OF = "2024-07-31"
# a1 earned 12 000 in 60 days of May to July: 200 a day; of the months 100, 199.90 and 300.10 a day.
PAID = ("a1,2024-05-01,2000,EUR,20", "a1,2024-06-01,3998,EUR,20", "a1,2024-07-01,6002,EUR,20")
# A day and a half, with m1 and with s1.
HELD = ("k1,a1,m1,2024-07-01,600,2024-07-30T00:00:00Z", "k2,a1,s1,2024-07-02,120,2024-07-30T00:00:00Z")
INVOICES = "invoice_id,account_id,invoiced_on,amount,currency,kind,updated_at"
BOUGHT = "i1,k1,2024-07-01,9000,EUR,recurring,2024-07-30T00:00:00Z"
OWNERS = csv("account_id,am_id,valid_from,updated_at", "k1,m1,2024-01-01,2024-07-30T00:00:00Z")
ACCOUNTS = csv("account_id,name,created_at,updated_at", "k1,K,2024-01-01T00:00:00Z,2024-07-30T00:00:00Z")
DEALS = "opportunity_id,owner_id,created_at,stage,is_closed,is_won,amount,currency,closed_at,account_id,updated_at"


def budgets(inbox: Path, paid: tuple[str, ...] = PAID, **more: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    ordinary = {"users": USERS, "assignments": ASSIGNMENTS, "variable_pay": csv(PAY, *paid)}
    deliver(inbox, AS_OF, **ordinary | more)
    return recompute(inbox, Config())["coaching_budget"]


def test_who_loses_two_hundred_is_paid_three_hundred(tmp_path: Path) -> None:
    sold = {"invoices": csv(INVOICES, BOUGHT), "account_owners": OWNERS, "accounts": ACCOUNTS}
    found = budgets(tmp_path, coaching_sessions=csv(SESSIONS, HELD[0], HELD[1].replace("s1", "m1")), **sold)
    row = found["a1", "AE"]
    assert (row["first_month"], row["last_month"], row["months"]) == (date(2024, 5, 1), date(2024, 7, 1), 3)
    assert (row["variable_pay"], row["selling_days"]) == (Decimal(12000), 60)
    assert (row["loss_per_day"], row["pay_per_day"]) == (Decimal(200), Decimal(300))
    assert row["loss_per_day_median_month"] == Decimal("199.90")
    assert row["loss_per_day_best_month"] == Decimal("300.10")
    assert (row["coaching_days"], row["coaching_cost"], row["coachees"]) == (1.5, Decimal(450), 1)
    assert (row["coachee_volume"], row["break_even"]) == (Decimal(9000), 0.05)


def test_what_was_never_delivered_is_unknown(tmp_path: Path) -> None:
    """Nobody knows what the SDR sells without hand-offs and deals; the time is known."""
    row = budgets(tmp_path, coaching_sessions=csv(SESSIONS, *HELD))["a1", "AE"]
    assert (row["coaching_days"], row["coachees"], row["coachee_volume"], row["break_even"]) == (1.5, 2, None, None)


def test_without_sessions_only_pay_is_known(tmp_path: Path) -> None:
    row = budgets(tmp_path)["a1", "AE"]
    assert row["pay_per_day"] == Decimal(300)
    assert [row[name] for name in ("coaching_days", "coaching_cost", "coachees", "coachee_volume")] == [None] * 4


@pytest.mark.parametrize(
    ("paid", "expected"),
    [
        # Seven months of somebody's pay: the oldest is left out for everybody.
        ((*(f"a1,2024-0{month}-01,100,EUR,10" for month in range(1, 8)), "s1,2024-01-01,5,EUR,1"), {"a1": 6}),
        # The last day of a month counts, a month that is not over does not.
        (("a1,2024-07-01,1,EUR,1", "a1,2024-07-31,2,EUR,1", "a1,2024-08-01,3,EUR,1"), {"a1": 1}),
        # No rate, and nobody of a role.
        (("a1,2024-07-01,1,CHF,1", "x,2024-07-01,1,EUR,1", "m1,2024-07-01,1,EUR,0"), {"m1": 1}),
    ],
)
def test_which_months_count(tmp_path: Path, paid: tuple[str, ...], expected: dict[str, int]) -> None:
    assert {user: row["months"] for (user, _), row in budgets(tmp_path, paid).items()} == expected


def test_a_deal_of_two_people_coached_is_one_deal(tmp_path: Path) -> None:
    """a2 closed two deals in July, one of them after s1 had handed it over; June has no pay."""
    won = "2024-05-01T08:00:00Z,won,true,true"
    deals = (
        f"o1,a2,{won},1000,EUR,2024-07-10T08:00:00Z,k1,2024-07-30T00:00:00Z",
        f"o2,a2,{won},200,EUR,2024-07-11T08:00:00Z,k1,2024-07-30T00:00:00Z",
        f"o3,a2,{won},5000,EUR,2024-06-11T08:00:00Z,k1,2024-07-30T00:00:00Z",
    )
    handed = csv(
        "handoff_id,lead_id,sdr_id,ae_id,sent_at,decision,decided_at,opportunity_id,updated_at",
        "h1,l1,s1,a2,2024-05-02T08:00:00Z,accepted,2024-05-03T08:00:00Z,o1,2024-07-30T00:00:00Z",
    )
    held = csv(SESSIONS, HELD[1], "k3,a1,a2,2024-07-03,,2024-07-30T00:00:00Z")
    more = {"coaching_sessions": held, "opportunities": csv(DEALS, *deals), "handoffs": handed}
    row = budgets(tmp_path, ("a1,2024-07-01,2000,EUR,20",), **more)["a1", "AE"]
    assert (row["coachees"], row["coachee_volume"], row["coaching_days"]) == (2, Decimal(1200), 0.25)
