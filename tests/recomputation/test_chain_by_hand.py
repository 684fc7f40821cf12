"""What became of leads, offers and accounts long after, and coaching held, against examples worked by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import Config
from tests.recomputation.by_hand import ASSIGNMENTS, USERS, csv, month
from tests.recomputation.deliver import deliver
from tests.recomputation.metrics import recompute

JUNE = date(2024, 6, 1)
# Ten days to win, sixty days of window: in June the window is [22 April, 21 June).
CONFIG = Config(close_horizon_days=10, close_window_days=60)
HANDOFFS = """
    handoff_id,lead_id,sdr_id,ae_id,sent_at,decision,decided_at,reject_reason,opportunity_id,updated_at
    h1,l1,s1,a1,2024-05-01T00:00:00Z,accepted,2024-05-02T00:00:00Z,,o1,2024-06-01T00:00:00Z
    h2,l2,s1,a1,2024-05-01T00:00:00Z,accepted,2024-05-02T00:00:00Z,,o2,2024-06-01T00:00:00Z
    h3,l3,s1,a1,2024-05-01T00:00:00Z,rejected,2024-05-02T00:00:00Z,Duplicate,,2024-06-01T00:00:00Z
    h4,l3,s2,a2,2024-05-03T00:00:00Z,accepted,2024-05-04T00:00:00Z,,o3,2024-06-01T00:00:00Z
    h5,l4,s1,a1,2024-04-21T23:00:00Z,accepted,2024-04-22T00:00:00Z,,o4,2024-06-01T00:00:00Z
    h6,l5,s1,a1,2024-05-01T00:00:00Z,rejected,2024-05-02T00:00:00Z,,,2024-06-01T00:00:00Z
    h7,l6,s1,a2,2024-05-01T00:00:00Z,,,,,2024-06-01T00:00:00Z
"""
DEALS = """
    opportunity_id,owner_id,created_at,stage,is_closed,is_won,account_id,lead_id,closed_at,updated_at
    o1,a1,2024-05-02T00:00:00Z,won,true,true,c1,,2024-05-11T00:00:00Z,2024-06-01T00:00:00Z
    o2,a1,2024-05-02T00:00:00Z,won,true,true,c2,,2024-05-11T00:00:01Z,2024-06-01T00:00:00Z
    o3,a2,2024-05-04T00:00:00Z,won,true,true,c3,,2024-05-10T00:00:00Z,2024-06-01T00:00:00Z
    o4,a1,2024-04-22T00:00:00Z,won,true,true,c4,,2024-04-25T00:00:00Z,2024-06-01T00:00:00Z
    o6,a2,2024-05-04T00:00:00Z,won,true,true,c6,l6,2024-05-06T00:00:00Z,2024-06-01T00:00:00Z
    o7,a2,2024-05-04T00:00:00Z,lost,true,false,c6,l6,2024-05-06T00:00:00Z,2024-06-01T00:00:00Z
"""


def june(inbox: Path, table: str, person: str) -> dict[str, Any]:
    return month(inbox, table, person, JUNE, CONFIG)


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    deliver(tmp_path, "2024-06-30", users=USERS, assignments=ASSIGNMENTS, handoffs=HANDOFFS, opportunities=DEALS)
    return tmp_path


def test_a_lead_is_won_for_who_sent_it_first_whoever_won_it(chain: Path) -> None:
    row = june(chain, "sdr_ranking", "s1")
    assert (row["chain_start"], row["chain_end"]) == (date(2024, 4, 22), date(2024, 6, 21))
    # Of l1, l2, l3, l5, l6: l2 a second too late, l3 by another SDR's hand-off, l6 by the deal's own lead.
    assert (row["chain_sent"], row["chain_won"], row["chain_yield"]) == (5, 3, 0.6)
    assert row["leads_sent"] == 0  # nothing in June itself


def test_somebody_with_nothing_but_a_chain_has_a_row(tmp_path: Path) -> None:
    left = ASSIGNMENTS.replace("s1,SDR,2023-01-01,,", "s1,SDR,2023-01-01,2024-05-05,")
    deliver(tmp_path, "2024-06-30", users=USERS, assignments=left, handoffs=HANDOFFS, opportunities=DEALS)
    row = june(tmp_path, "sdr_ranking", "s1")
    assert (row["chain_sent"], row["days_in_role"], row["not_ranked_reason"]) == (5, 0, "no_assignment")
    assert row["chain_yield_shrunk"] is row["score"] is row["tier"] is None


def test_an_offer_is_won_for_who_got_it_if_it_made_the_deal(chain: Path) -> None:
    first, second = (june(chain, "ae_ranking", who) for who in ("a1", "a2"))
    assert (first["offers_cohort"], first["offers_won"], first["offered_yield"]) == (4, 1, 0.25)  # not h2, not h5
    assert (second["offers_cohort"], second["offers_won"]) == (2, 1)  # h7 is undecided, so it made no deal
    assert (first["cohort_deals"], first["cohort_won"]) == (3, 3)  # o4 was accepted in time, on the 22nd


def test_a_rejection_has_a_reason_or_not(chain: Path) -> None:
    row = recompute(chain, CONFIG)["ae_ranking"]["month", date(2024, 5, 1), "a1"]
    assert (row["rejected"], row["rejected_with_reason"], row["reason_rate"]) == (2, 1, 0.5)


def test_slips_are_the_months_by_which_the_forecast_was_put_off(tmp_path: Path) -> None:
    deliver(
        tmp_path,
        "2024-06-30",
        users=USERS,
        assignments=ASSIGNMENTS,
        opportunities="""
            opportunity_id,owner_id,created_at,stage,is_closed,is_won,expected_close_on,updated_at
            o1,a2,2024-05-02T00:00:00Z,offer,false,false,2025-01-01,2024-06-29T00:00:00Z
        """,
        opportunity_history="""
            opportunity_id,changed_at,stage,owner_id,expected_close_on
            o1,2024-05-02T00:00:00Z,new,a1,2024-06-30
            o1,2024-05-31T00:00:00Z,meeting,a1,2024-07-01
            o1,2024-06-02T00:00:00Z,demo,a1,
            o1,2024-06-03T00:00:00Z,demo,a1,2024-12-31
            o1,2024-06-04T00:00:00Z,demo,a1,2024-10-01
            o1,2024-06-10T00:00:00Z,offer,a2,2025-01-31
        """,
    )
    rows = recompute(tmp_path, CONFIG)["ae_ranking"]
    assert rows["month", date(2024, 5, 1), "a1"]["slips"] == 1  # by one day, into another month
    assert rows["month", date(2024, 5, 1), "a2"]["slips"] == 0  # had not worked it yet
    assert rows["month", JUNE, "a1"]["slips"] == rows["month", JUNE, "a2"]["slips"] == 5 + 3
    assert rows["quarter", date(2024, 4, 1), "a2"]["slips"] == 9


def test_an_account_is_of_quality_if_it_buys_from_the_91st_to_the_180th_day(tmp_path: Path) -> None:
    header = "opportunity_id,owner_id,created_at,stage,is_closed,is_won,account_id,closed_at,updated_at"
    closed = {
        "c1": ("a1", "2023-12-31"),  # in the window's last day: 183 days before July is 31 December
        "c2": ("a1", "2023-12-31"),
        "c3": ("a1", "2023-12-31"),
        "c4": ("a1", "2024-01-03"),  # 180 days before 1 July is 3 January
        "c5": ("a1", "2023-01-03"),  # 545 days before
        "c6": ("a2", "2023-01-02"),  # a day too old
        "c7": ("a2", "2023-12-01"),  # c7 was merged into c1, which a2 therefore won first
    }
    deals = [
        f"o-{c},{ae},2023-01-01T00:00:00Z,won,true,true,{c},{day}T12:00:00Z,2024-05-01T00:00:00Z"
        for c, (ae, day) in closed.items()
    ]
    again = "o-again,a2,2023-01-01T00:00:00Z,won,true,true,c2,2024-01-02T12:00:00Z,2024-05-01T00:00:00Z"
    deliver(
        tmp_path,
        "2024-06-30",
        users=USERS,
        assignments=ASSIGNMENTS,
        accounts="""
            account_id,created_at,merged_into_id,updated_at
            c7,2022-01-01T00:00:00Z,c1,2023-12-01T00:00:00Z
        """,
        opportunities=csv(header, *deals, again),
        invoices=csv(
            "invoice_id,account_id,invoiced_on,amount,currency,updated_at",
            "i2,c2,2024-03-31,5.00,EUR,2024-05-01T00:00:00Z",  # the 91st day
            "i3,c3,2024-03-30,5.00,EUR,2024-05-01T00:00:00Z",  # the 90th
            "i3b,c3,2024-04-30,-5.00,EUR,2024-05-01T00:00:00Z",
            "i5,c5,2023-07-02,5.00,XXX,2024-05-01T00:00:00Z",  # the 180th; no rate is needed
            "i7,c7,2024-03-01,5.00,EUR,2024-05-01T00:00:00Z",  # the 91st day of c1
        ),
    )
    first, second = (june(tmp_path, "ae_ranking", who) for who in ("a1", "a2"))
    assert (first["quality_accounts"], first["quality_accounts_active"]) == (3, 2)  # c2, c3, c5
    assert first["deal_quality"] == pytest.approx(2 / 3)
    assert (second["quality_accounts"], second["quality_accounts_active"]) == (1, 1)  # c1 with c7


def test_sessions_count_by_the_role_the_coachee_had_on_the_day(tmp_path: Path) -> None:
    deliver(
        tmp_path,
        "2024-06-30",
        users=USERS,
        assignments=ASSIGNMENTS + "    s2,AE,2024-06-11,,,,2023-12-01T00:00:00Z",
        opportunities=DEALS,
        invoices="""
            invoice_id,account_id,invoiced_on,amount,currency,updated_at
            i1,c1,2024-05-01,5.00,EUR,2024-05-01T00:00:00Z
        """,
        coaching_sessions="""
            session_id,coach_id,coachee_id,held_on,updated_at
            k1,a1,s1,2024-06-01,2024-06-20T00:00:00Z
            k2,a1,s2,2024-06-10,2024-06-20T00:00:00Z
            k3,a1,s2,2024-06-11,2024-06-20T00:00:00Z
            k4,a1,m1,2024-06-11,2024-06-20T00:00:00Z
            k5,m1,a1,2024-06-11,2024-06-20T00:00:00Z
            k6,m1,m2,2024-06-30,2024-06-20T00:00:00Z
            k7,m1,m2,2024-05-31,2024-06-20T00:00:00Z
        """,
    )
    ae, am = june(tmp_path, "ae_ranking", "a1"), june(tmp_path, "am_ranking", "m1")
    assert (ae["sdr_sessions"], ae["ae_sessions"], ae["sessions_received"]) == (1, 1, 1)
    assert (am["ae_sessions"], am["am_sessions"], am["sessions_received"]) == (1, 1, 1)
