"""Targets, pairs, reject reasons and criteria of the recomputation against examples worked by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import Config
from tests.recomputation.by_hand import ASSIGNMENTS, JANUARY, USERS, csv
from tests.recomputation.crm import read_crm
from tests.recomputation.deliver import deliver
from tests.recomputation.metrics import Tables, recompute, tables
from tests.recomputation.test_recomputation_by_hand import HANDOFFS

TARGETS = """
    user_id,month,metric,target
    s1,2024-01-01,leads_sent,31
    s1,2024-02-01,leads_sent,29
    s1,2024-03-01,leads_sent,50
    s2,2024-01-01,leads_sent,31
    s2,2024-01-01,acceptance_rate,0.5
    s2,2024-01-01,smiles,3
    a1,2024-01-01,won_amount,1000
"""


def targets(inbox: Path, as_of: str, ramp: dict[tuple[str, int], float] | None = None) -> Tables:
    handoffs = HANDOFFS.replace("2024-01-30T", "2024-01-14T")
    deliver(inbox, as_of, users=USERS, assignments=ASSIGNMENTS, handoffs=handoffs, targets=TARGETS)
    return tables(read_crm(inbox, Config()), ramp)


def test_an_additive_target_is_asked_for_by_days_in_the_role_to_the_end_of_the_last_day(tmp_path: Path) -> None:
    found = targets(tmp_path, "2024-02-10")
    rows = found["sdr_ranking"]
    part = rows["month", JANUARY, "s2"]  # 10 of 31 days
    assert (part["target_metric"], part["target"], part["target_actual"]) == ("leads_sent", 10.0, 0.0)
    quarter = rows["quarter", JANUARY, "s1"]  # all January, 10 days of February, nothing of March
    assert (quarter["target"], quarter["target_actual"]) == (41.0, 4.0)
    assert quarter["attainment"] == pytest.approx(4 / 41)


def test_the_table_of_targets_asks_for_the_whole_month_and_runs_on_the_rate_so_far(tmp_path: Path) -> None:
    found = targets(tmp_path, "2024-02-10")["target_attainment"]
    assert (date(2024, 3, 1), "s1", "leads_sent") not in found
    closed, opened = (found[start, "s1", "leads_sent"] for start in (JANUARY, date(2024, 2, 1)))
    assert (closed["target_prorated"], closed["actual"], closed["run_rate"]) == (31, 4, 4)
    assert (opened["target_prorated"], opened["actual"], opened["days_in_role"]) == (29, 0, 29)
    part = found[JANUARY, "s2", "leads_sent"]
    assert (part["target"], part["target_prorated"], part["days_in_month"]) == (31, 10, 31)
    rate = found[JANUARY, "s2", "acceptance_rate"]
    assert (rate["is_additive"], rate["target_prorated"], rate["actual"]) == (False, 0.5, None)
    unknown = found[JANUARY, "s2", "smiles"]
    assert (unknown["not_available_reason"], unknown["role"], unknown["actual"]) == ("unknown_metric", None, None)
    missing = found[JANUARY, "a1", "won_amount"]
    assert (missing["not_available_reason"], missing["role"]) == ("entity_missing", "AE")


def test_an_open_month_goes_on_as_it_began(tmp_path: Path) -> None:
    row = targets(tmp_path, "2024-01-14")["target_attainment"][JANUARY, "s1", "leads_sent"]
    assert (row["is_complete"], row["actual"]) == (False, 2)  # l1 and l4
    assert (row["run_rate"], row["run_rate_attainment"]) == (pytest.approx(2 * 31 / 14), pytest.approx(2 / 14))


def test_newcomers_are_asked_for_the_part_the_ramp_says(tmp_path: Path) -> None:
    found = targets(tmp_path, "2024-02-10", {("SDR", 0): 0.5, ("AE", 1): 0.1})
    assert found["sdr_ranking"]["month", JANUARY, "s2"]["target"] == 5.0
    assert found["sdr_ranking"]["month", JANUARY, "s1"]["target"] == 31.0  # an SDR for a year
    assert found["target_attainment"][JANUARY, "s2", "leads_sent"]["ramp_factor"] == 0.5


def test_a_rejection_is_set_beside_what_others_reject(tmp_path: Path) -> None:
    rows = [("s1", "a1", "Duplicate"), ("s1", "a1", ""), ("s1", "a2", "Duplicate"), ("s2", "a1", "Too loud")]
    header = "handoff_id,lead_id,sdr_id,ae_id,sent_at,decision,reject_reason,updated_at"
    lines = [
        f"h{n},l{n},{sdr},{ae},2024-01-05T00:00:00Z,rejected,{reason},2024-01-06T00:00:00Z"
        for n, (sdr, ae, reason) in enumerate(rows)
    ]
    deliver(tmp_path, "2024-01-31", users=USERS, assignments=ASSIGNMENTS, handoffs=csv(header, *lines))
    found = recompute(tmp_path, Config())["reject_reasons"]
    duplicate = found["month", JANUARY, "s1", "a1", "Duplicate"]
    assert (duplicate["category"], duplicate["is_mapped"], duplicate["share"]) == ("clerical", True, 0.5)
    assert (duplicate["sdr_reason_rejections"], duplicate["sdr_rejections"]) == (2, 3)
    assert duplicate["sdr_lift"] == pytest.approx((2 / 3) / (2 / 4))
    assert duplicate["ae_lift"] == pytest.approx((1 / 3) / (2 / 4))
    assert found["month", JANUARY, "s1", "a1", "(none)"]["category"] == "none"
    assert found["month", JANUARY, "s2", "a1", "Too loud"]["category"] == "unmapped"


def test_acceptance_is_told_apart_by_what_the_lead_meets(tmp_path: Path) -> None:
    leads = """
        lead_id,created_at,budget_confirmed,authority_confirmed,need_confirmed,timing_confirmed,updated_at
        l1,2024-01-01T00:00:00Z,true,true,,false,2024-01-01T00:00:00Z
        l4,2024-01-01T00:00:00Z,true,,,false,2024-01-01T00:00:00Z
    """
    handoffs = HANDOFFS + "    h7,l9,s1,a2,2024-01-14T00:00:00Z,accepted,2024-01-14T04:00:00Z,2024-01-30T00:00:00Z\n"
    deliver(tmp_path, "2024-01-31", users=USERS, assignments=ASSIGNMENTS, handoffs=handoffs, leads=leads)
    found = recompute(tmp_path, Config())["acceptance_criteria"]
    rows = [found["month", JANUARY, "a2", name] for name in ("budget", "authority", "need", "timing")]
    # a2 accepted l1, l4 and l9, which is no lead that we know.
    assert [(row["decided_met"], row["decided_unmet"]) for row in rows] == [(2, 1), (1, 2), (0, 3), (0, 3)]
    assert (rows[0]["acceptance_met"], rows[0]["acceptance_unmet"], rows[0]["difference"]) == (1.0, 1.0, 0.0)
    assert (rows[2]["acceptance_met"], rows[2]["difference"]) == (None, None)
    # a1 rejected l1 and l4 and did not decide on the others.
    assert found["month", JANUARY, "a1", "budget"]["decided_met"] == 2
    assert found["month", JANUARY, "a1", "budget"]["acceptance_met"] == 0.0


def test_without_leads_nothing_is_said_of_criteria(tmp_path: Path) -> None:
    deliver(tmp_path, "2024-01-31", users=USERS, assignments=ASSIGNMENTS, handoffs=HANDOFFS)
    assert recompute(tmp_path, Config())["acceptance_criteria"] == {}


def pair(inbox: Path, kind: str, sender: str, receiver: str) -> dict[str, Any]:
    return recompute(inbox, Config())["handoff_pairs"]["month", JANUARY, kind, sender, receiver]


def test_a_pair_counts_every_handoff_and_what_was_decided_in_time(tmp_path: Path) -> None:
    deliver(tmp_path, "2024-01-31", users=USERS, assignments=ASSIGNMENTS, handoffs=HANDOFFS)
    row = pair(tmp_path, "sdr_ae", "s1", "a1")  # h1, h3 (overdue), h4 (pending), h5
    assert (row["sent"], row["accepted"], row["rejected"], row["undecided"]) == (4, 0, 2, 2)
    assert (row["due"], row["decided_in_sla"], row["sla_share"]) == (3, 2, pytest.approx(2 / 3))
    assert (row["acceptance_share"], row["median_hours_to_decision"], row["reason_rate"]) == (0.0, 13.0, 0.0)
    assert row["expected_accepted"] + row["accepted_residual"] == pytest.approx(0)
    assert row["top_reject_reason"] is row["accounts_lost"] is None


def test_an_account_is_handed_to_the_first_am_who_owned_it_from_the_close_on(tmp_path: Path) -> None:
    header = "opportunity_id,owner_id,created_at,stage,is_closed,is_won,account_id,closed_at,updated_at"
    deals = [
        f"o-{c},a1,2023-01-01T00:00:00Z,won,true,true,{c},2023-03-01T12:00:00Z,2023-05-01T00:00:00Z"
        for c in ("c1", "c2", "c3", "c4")
    ]
    deliver(
        tmp_path,
        "2024-01-31",
        users=USERS,
        assignments=ASSIGNMENTS,
        handoffs=HANDOFFS,
        opportunities=csv(header, *deals),
        account_owners="""
            account_id,am_id,valid_from,valid_to,updated_at
            c1,m2,2022-01-01,2023-02-01,2023-12-01T00:00:00Z
            c1,m1,2023-03-11,,2023-12-01T00:00:00Z
            c2,m1,2022-01-01,,2023-12-01T00:00:00Z
            c3,m1,2023-03-05,,2023-12-01T00:00:00Z
            c4,m1,2024-02-01,,2023-12-01T00:00:00Z
        """,
        invoices=csv(
            "invoice_id,account_id,invoiced_on,amount,currency,updated_at",
            "i1,c1,2023-03-02,100.00,EUR,2023-12-01T00:00:00Z",
            "i2,c1,2023-05-31,99.00,EUR,2023-12-01T00:00:00Z",  # the 91st day
            "i3,c2,2023-05-30,99.00,EUR,2023-12-01T00:00:00Z",  # the 90th
            "i4,c3,2023-03-01,500.00,EUR,2023-12-01T00:00:00Z",  # the day of the close is neither
            "i5,c3,2023-08-28,1.00,EUR,2023-12-01T00:00:00Z",  # the 180th
        ),
    )
    row = pair(tmp_path, "ae_am", "a1", "m1")
    assert (row["accounts_handed_over"], row["accounts_lost"], row["accounts_shrunk"]) == (3, 1, 1)
    assert row["median_days_to_first_owner"] == 4.0  # of 10, 0 and 4; nobody owns c4 yet
    nobody = pair(tmp_path, "ae_am", "a1", "(unassigned)")
    assert (nobody["accounts_handed_over"], nobody["accounts_lost"], nobody["to_name"]) == (1, 1, "Unassigned")
    # μ = ¾ and M = 999: three times ¾ but for what a1 did without m1, which was lost, and m1 without a1.
    share = (1 + 0.75 * 999) / 1000
    assert row["expected_lost_or_shrunk"] == pytest.approx(3 * share)
    assert row["sent"] is row["cohort_deals"] is None


def test_money_is_asked_for_like_counts(tmp_path: Path) -> None:
    deliver(
        tmp_path,
        "2024-01-31",
        users=USERS,
        assignments=ASSIGNMENTS,
        targets=TARGETS,
        opportunities="""
            opportunity_id,owner_id,created_at,stage,is_closed,is_won,amount,currency,closed_at,updated_at
            o1,a1,2024-01-05T00:00:00Z,won,true,true,250.00,EUR,2024-01-10T00:00:00Z,2024-01-20T00:00:00Z
        """,
    )
    found = recompute(tmp_path, Config())
    row = found["ae_ranking"]["month", JANUARY, "a1"]
    assert (row["won_amount"], row["target_actual"], row["attainment"]) == (Decimal("250.00"), 250.0, 0.25)
    assert found["target_attainment"][JANUARY, "a1", "won_amount"]["attainment"] == 0.25
