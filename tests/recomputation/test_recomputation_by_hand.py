"""The recomputation against examples worked by hand: the judge is judged first.

Each test delivers a few rows whose figures can be checked in the head.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.settings import Config
from tests.recomputation.by_hand import ASSIGNMENTS, JANUARY, USERS, csv, month
from tests.recomputation.deliver import deliver
from tests.recomputation.metrics import recompute


def calls(user: str, count: int) -> list[str]:
    return [f"{user}-{n},{user},call,2024-01-15T10:00:00Z,2024-01-15T11:00:00Z" for n in range(count)]


def qualified(user: str, count: int) -> list[str]:
    return [f"{user}-{n},2024-01-02T00:00:00Z,{user},2024-01-16T00:00:00Z,2024-01-16T00:00:00Z" for n in range(count)]


def test_fifty_qualified_leads_from_eighty_calls_beat_fifty_from_two_hundred(tmp_path: Path) -> None:
    deliver(
        tmp_path,
        "2024-01-31",
        users=USERS,
        assignments=ASSIGNMENTS,
        activities=csv("activity_id,user_id,kind,occurred_at,updated_at", *calls("s1", 80), *calls("s2", 200)),
        leads=csv("lead_id,created_at,sdr_id,qualified_at,updated_at", *qualified("s1", 50), *qualified("s2", 50)),
    )
    first, second = month(tmp_path, "sdr_ranking", "s1"), month(tmp_path, "sdr_ranking", "s2")
    assert (first["calls"], first["qualified_leads"], first["qualification_efficiency"]) == (80, 50, 0.625)
    assert (second["calls"], second["qualified_leads"], second["qualification_efficiency"]) == (200, 50, 0.25)
    assert first["calls_per_qualified_lead"] == 1.6
    assert first["leads_sent"] is None  # hand-offs were never delivered


def test_activities_count_only_on_days_in_the_role(tmp_path: Path) -> None:
    deliver(
        tmp_path,
        "2024-01-31",
        users=USERS,
        assignments=ASSIGNMENTS,
        activities="""
            activity_id,user_id,kind,occurred_at,is_completed,lead_id,updated_at
            1,s2,call,2024-01-10T23:59:59Z,,l1,2024-01-30T00:00:00Z
            2,s2,call,2024-01-11T00:00:00Z,,l1,2024-01-30T00:00:00Z
            3,s2,email,2024-01-20T12:00:00Z,true,l1,2024-01-30T00:00:00Z
            4,s2,call,2024-01-20T12:00:00Z,false,l2,2024-01-30T00:00:00Z
            5,s2,call,2024-01-21T00:00:00Z,,l3,2024-01-30T00:00:00Z
        """,
    )
    row = month(tmp_path, "sdr_ranking", "s2")
    assert (row["calls"], row["touches"], row["leads_worked"]) == (1, 2, 1)
    assert (row["days_in_role"], row["in_role_at_end"], row["tenure_days"]) == (10, False, 21)
    assert row["months_in_role"] == pytest.approx(10 / 31)


HANDOFFS = """
    handoff_id,lead_id,sdr_id,ae_id,sent_at,decision,decided_at,updated_at
    h1,l1,s1,a1,2024-01-10T00:00:00Z,rejected,2024-01-11T00:00:00Z,2024-01-30T00:00:00Z
    h2,l1,s2,a2,2024-01-12T00:00:00Z,accepted,2024-01-12T06:00:00Z,2024-01-30T00:00:00Z
    h3,l2,s1,a1,2024-01-28T23:59:59Z,,,2024-01-30T00:00:00Z
    h4,l3,s1,a1,2024-01-29T00:00:01Z,,,2024-01-30T00:00:00Z
    h5,l4,s1,a1,2024-01-13T00:00:00Z,rejected,2024-01-13T02:00:00Z,2024-01-30T00:00:00Z
    h6,l4,s1,a2,2024-01-14T00:00:00Z,accepted,2024-01-14T04:00:00Z,2024-01-30T00:00:00Z
"""


def test_a_lead_is_credited_to_its_first_handoff_and_decided_over_those_of_the_same_sdr(tmp_path: Path) -> None:
    deliver(tmp_path, "2024-01-31", users=USERS, assignments=ASSIGNMENTS, handoffs=HANDOFFS)
    row = month(tmp_path, "sdr_ranking", "s1")
    assert (row["leads_sent"], row["accepted"], row["rejected"]) == (4, 1, 1)  # l4 accepted, l1 rejected
    other = month(tmp_path, "sdr_ranking", "s2")
    assert (other["leads_sent"], other["accepted"], other["handoffs_decided"]) == (0, 0, 1)
    assert other["median_hours_to_decision"] == 6.0
    assert row["median_hours_to_decision"] == 4.0  # of 24, 2 and 4 hours


def test_undecided_is_pending_until_the_sla_has_passed_and_overdue_after(tmp_path: Path) -> None:
    deliver(tmp_path, "2024-01-31", users=USERS, assignments=ASSIGNMENTS, handoffs=HANDOFFS)
    row = month(tmp_path, "sdr_ranking", "s1")
    # 72 hours before the end of 31 January is the beginning of the 29th.
    assert (row["overdue"], row["pending"], row["due_leads"]) == (1, 1, 3)
    assert row["acceptance_rate"] == pytest.approx(1 / 3)
    assert row["lead_velocity"] == 4.0
    offered = month(tmp_path, "ae_ranking", "a1")
    assert (offered["offered"], offered["rejected"], offered["undecided"]) == (4, 2, 2)
    assert offered["deals_won"] is None


def test_a_decision_after_the_as_of_date_is_taken_back(tmp_path: Path) -> None:
    deliver(tmp_path, "2024-01-31", users=USERS, assignments=ASSIGNMENTS, handoffs=HANDOFFS)
    deliver(
        tmp_path,
        "2024-02-01",
        handoffs="""
            handoff_id,lead_id,sdr_id,ae_id,sent_at,decision,decided_at,updated_at
            h7,l7,s1,a1,2024-01-31T12:00:00Z,accepted,2024-02-02T00:00:00Z,2024-02-02T00:00:00Z
        """,
    )
    row = month(tmp_path, "ae_ranking", "a1", date(2024, 1, 1))
    assert (row["offered"], row["undecided"], row["accepted"]) == (5, 3, 0)
    assert month(tmp_path, "ae_ranking", "a1", as_of=date(2024, 1, 31))["offered"] == 4


DEALS_HEADER = (
    "opportunity_id,owner_id,created_at,stage,is_closed,is_won,amount,currency,lead_id,account_id,closed_at,updated_at"
)


def test_the_owner_at_close_wins_and_everybody_who_owned_it_open_worked_it(tmp_path: Path) -> None:
    deliver(
        tmp_path,
        "2024-03-31",
        users=USERS,
        assignments=ASSIGNMENTS,
        opportunities=csv(
            DEALS_HEADER,
            "o1,a1,2024-01-05T00:00:00Z,won,true,true,100.00,EUR,,,2024-02-10T00:00:00Z,2024-03-20T00:00:00Z",
        ),
        opportunity_history="""
            opportunity_id,changed_at,stage,owner_id
            o1,2024-01-05T00:00:00Z,new,a1
            o1,2024-02-01T00:00:00Z,offer,a2
            o1,2024-03-15T00:00:00Z,won,a1
        """,
    )
    assert month(tmp_path, "ae_ranking", "a1")["deals_worked"] == 1
    assert month(tmp_path, "ae_ranking", "a2")["deals_worked"] == 0
    february = date(2024, 2, 1)
    first, second = (month(tmp_path, "ae_ranking", who, february) for who in ("a1", "a2"))
    assert (first["deals_worked"], first["deals_won"]) == (0, 0)
    assert (second["deals_worked"], second["deals_won"], second["won_amount"]) == (1, 1, Decimal("100.00"))
    assert second["median_cycle_days"] == 36.0


def test_without_a_close_time_the_last_unbroken_closed_run_of_the_history_says_when(tmp_path: Path) -> None:
    deliver(
        tmp_path,
        "2024-03-31",
        users=USERS,
        assignments=ASSIGNMENTS,
        opportunities=csv(
            DEALS_HEADER,
            "o1,a1,2024-01-05T00:00:00Z,lost,true,false,,,,,,2024-03-20T00:00:00Z",
            "o2,a1,2024-01-06T00:00:00Z,lost,true,false,,,,,,2024-03-20T00:00:00Z",
        ),
        opportunity_history="""
            opportunity_id,changed_at,stage,owner_id
            o1,2024-01-10T00:00:00Z,lost,a1
            o1,2024-01-20T00:00:00Z,new,a1
            o1,2024-02-05T00:00:00Z,lost,a1
            o1,2024-03-05T00:00:00Z,lost,a1
        """,
    )
    february = month(tmp_path, "ae_ranking", "a1", date(2024, 2, 1))
    assert (february["deals_lost"], february["deals_worked"]) == (1, 1)
    assert month(tmp_path, "ae_ranking", "a1")["deals_without_close_time"] == 1


def wins(count: int, days: int) -> str:
    """Deals of a1 created on 1 January at midnight, won after so many days."""
    closed = date.fromordinal(JANUARY.toordinal() + days)
    rows = [
        f"o{n},a1,2024-01-01T00:00:00Z,won,true,true,,,,,{closed}T00:00:00Z,2024-06-01T00:00:00Z" for n in range(count)
    ]
    return csv(DEALS_HEADER, *rows)


@pytest.mark.parametrize(("count", "days", "horizon"), [(19, 40, 90), (20, 40, 40), (20, 10, 30)])
def test_the_horizon_is_ninety_days_below_twenty_wins_and_never_below_thirty(
    tmp_path: Path, count: int, days: int, horizon: int
) -> None:
    deliver(tmp_path, "2024-06-30", users=USERS, assignments=ASSIGNMENTS, opportunities=wins(count, days))
    june = month(tmp_path, "ae_ranking", "a1", date(2024, 6, 1))
    assert june["close_horizon_days"] == horizon
    assert (june["cohort_end"], june["cohort_start"]) == (
        date.fromordinal(date(2024, 7, 1).toordinal() - horizon),
        date.fromordinal(date(2024, 7, 1).toordinal() - horizon - 365),
    )
    assert (june["cohort_deals"], june["cohort_won"], june["close_rate"]) == (count, count, 1.0)


def test_a_win_after_the_horizon_is_no_win_of_the_cohort(tmp_path: Path) -> None:
    deliver(tmp_path, "2024-06-30", users=USERS, assignments=ASSIGNMENTS, opportunities=wins(12, 40))
    june = month(tmp_path, "ae_ranking", "a1", date(2024, 6, 1), Config(close_horizon_days=39))
    assert (june["cohort_deals"], june["cohort_won"], june["rank"], june["is_ranked"]) == (12, 0, 1, True)


def test_a_row_that_is_gone_from_the_newest_full_delivery_is_deleted(tmp_path: Path) -> None:
    header = "handoff_id,lead_id,sdr_id,ae_id,sent_at,updated_at"
    rows = [f"h{n},l{n},s1,a1,2024-01-10T00:00:00Z,2024-01-10T00:00:00Z" for n in range(4)]
    deliver(tmp_path, "2024-01-11", users=USERS, assignments=ASSIGNMENTS, handoffs=csv(header, *rows[:3]))
    deliver(tmp_path, "2024-01-12", mode="full", handoffs=csv(header, *rows[:2]))
    deliver(tmp_path, "2024-01-13", handoffs=csv(header, rows[3]))
    assert month(tmp_path, "ae_ranking", "a1", as_of=date(2024, 1, 11))["offered"] == 3
    assert month(tmp_path, "ae_ranking", "a1", as_of=date(2024, 1, 12))["offered"] == 2
    assert month(tmp_path, "ae_ranking", "a1")["offered"] == 3
    deliver(tmp_path, "2024-01-14", mode="full", handoffs=header)
    assert month(tmp_path, "ae_ranking", "a1")["offered"] == 3  # a header-only full delivery implies nothing


def test_versions_win_by_updated_at_whatever_the_order_of_delivery_and_bad_rows_are_left_out(tmp_path: Path) -> None:
    header = "handoff_id,lead_id,sdr_id,ae_id,sent_at,decision,decided_at,updated_at"
    late = "h1,l1,s1,a1,2024-01-10T00:00:00Z,,,2024-01-10T00:00:00Z"
    new = "h1,l1,s1,a1,2024-01-10T00:00:00Z,accepted,2024-01-12T00:00:00Z,2024-01-12T00:00:00Z"
    bad = "h2,l2,s1,a1,2024-01-10T00:00:00Z,perhaps,,2024-01-12T00:00:00Z"
    deliver(tmp_path, "2024-01-12", users=USERS, assignments=ASSIGNMENTS, handoffs=csv(header, new, new, bad))
    deliver(tmp_path, "2024-01-20", handoffs=csv(header, late))
    row = month(tmp_path, "ae_ranking", "a1")
    assert (row["offered"], row["accepted"]) == (1, 1)


def test_months_are_cut_in_company_time_and_years_in_the_fiscal_calendar(tmp_path: Path) -> None:
    deliver(
        tmp_path,
        "2024-05-15",
        users=USERS,
        assignments=ASSIGNMENTS,
        handoffs="""
            handoff_id,lead_id,sdr_id,ae_id,sent_at,updated_at
            h1,l1,s1,a1,2024-03-31T21:59:59Z,2024-05-01T00:00:00Z
            h2,l2,s1,a1,2024-03-31T22:00:00Z,2024-05-01T00:00:00Z
            h3,l3,s1,a1,2024-04-01,2024-05-01T00:00:00Z
        """,
    )
    config = Config(company_time_zone="Europe/Berlin", fiscal_start_month=4)
    rows = recompute(tmp_path, config)["sdr_ranking"]
    assert rows["month", date(2024, 3, 1), "s1"]["leads_sent"] == 1
    assert rows["year", date(2024, 4, 1), "s1"]["leads_sent"] == 2
    assert rows["quarter", date(2024, 4, 1), "s1"]["is_complete"] is False
    assert ("quarter", date(2024, 5, 1), "s1") not in rows


def test_people_are_ranked_once_they_are_long_enough_in_the_role_and_equals_share_a_place(tmp_path: Path) -> None:
    header = "handoff_id,lead_id,sdr_id,ae_id,sent_at,decision,decided_at,updated_at"
    people = {"s1": 8, "s3": 8, "s4": 9, "s5": 10}
    rows = [
        f"{who}-{n},{who}-{n},{who},a1,2024-01-05T00:00:00Z,{'accepted' if n < accepted else 'rejected'},"
        "2024-01-06T00:00:00Z,2024-01-06T00:00:00Z"
        for who, accepted in people.items()
        for n in range(10)
    ]
    more = """    s3,SDR,2023-01-01,,,,2023-12-01T00:00:00Z
    s4,SDR,2023-01-01,2023-03-01,,,2023-12-01T00:00:00Z
    s4,SDR,2023-04-01,,,,2023-12-01T00:00:00Z
    s5,SDR,2023-01-01,2023-12-01,,,2023-12-01T00:00:00Z
    s5,SDR,2024-01-02,,,,2023-12-01T00:00:00Z"""
    deliver(tmp_path, "2024-01-31", users=USERS, assignments=ASSIGNMENTS + more, handoffs=csv(header, *rows))
    by_person = {who: month(tmp_path, "sdr_ranking", who) for who in people}
    assert {who: row["rank"] for who, row in by_person.items()} == {"s1": 2, "s3": 2, "s4": 1, "s5": None}
    assert by_person["s4"]["tenure_days"] == 396  # a gap of 31 days
    assert by_person["s5"]["tenure_days"] == 30  # a gap of 32 days
    assert by_person["s5"]["not_ranked_reason"] == "below_min_tenure"
    assert by_person["s1"]["ranked_count"] == 3
    assert (by_person["s1"]["manager_name"], by_person["s1"]["team"]) == ("Anna", "north")
    assert by_person["s3"]["full_name"] == "Unassigned (s3)"
