"""A closed month moves only with an explanation: what is corrected in the CRM is named by cause and record, holds the
night where it is much, and goes through once somebody has said why.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from corrections import Row, correct, delivered, first
from homes import Home

from data_checks.drift import CLOSED_TOTALS

DAY, LATER = "2026-09-16", "2026-09-17"
JULY = "2026-07"
KEYS = "role, metric, cause, user_id, period_type"


@dataclass(frozen=True)
class Corrected:
    """A home with a delta of corrections of July, and the ids that they are about."""

    home: Home
    ids: dict[str, str]


def corrections(home: Home) -> tuple[dict[str, list[Row]], dict[str, str]]:
    """One correction of each kind in July, and the ids they are about."""
    deals, history = delivered(home, "opportunities"), delivered(home, "opportunity_history")
    handoffs, leads = delivered(home, "handoffs"), delivered(home, "leads")
    won = [d for d in deals if d["is_won"] == "true" and d["closed_at"].startswith(JULY) and d["currency"] == "EUR"]
    lost = [d for d in deals if d["is_won"] == "false" and d["closed_at"].startswith(JULY)]
    restated, reopened = won[0], won[1]
    deleted, passed_on = lost[0], lost[1]
    # One more for who lost one would be no change.
    owners = {passed_on["owner_id"], deleted["owner_id"]}
    heir = next(d["owner_id"] for d in deals if d["owner_id"] not in owners)
    handoff = first(handoffs, sent_at=JULY)
    late = handoff | {"handoff_id": "H-LATE", "lead_id": "L-LATE", "opportunity_id": ""}
    open_again = {"is_closed": "false", "is_won": "false", "closed_at": "", "stage": "Proposal"}
    invoices, accounts = delivered(home, "invoices"), delivered(home, "accounts")
    bought = first(invoices, invoiced_on=JULY, currency="EUR")
    survivor = next(i["account_id"] for i in invoices if i["account_id"] != bought["account_id"])
    loser = next(
        a
        for a in accounts
        if a["account_id"] not in (survivor, bought["account_id"])
        and not a["merged_into_id"]
        and any(i["account_id"] == a["account_id"] and i["invoiced_on"].startswith(JULY) for i in invoices)
    )
    dollar = [r for r in delivered(home, "fx_rates") if r["currency"] == "USD" and r["rate_on"] <= f"{JULY}-01"][-1]
    rows = {
        "leads": [first(leads, created_at=JULY) | {"lead_id": "L-LATE"}],
        "handoffs": [late],
        "opportunities": [
            restated | {"amount": "123456.00", "is_deleted": "false"},
            reopened | open_again | {"is_deleted": "false"},
            deleted | {"is_deleted": "true"},
            passed_on | {"owner_id": heir, "is_deleted": "false"},
        ],
        "opportunity_history": [
            *(h | {"owner_id": heir} for h in history if h["opportunity_id"] == passed_on["opportunity_id"]),
            first(history, opportunity_id=reopened["opportunity_id"])
            | {"changed_at": "2026-09-15T20:00:00Z", "stage": "Proposal", "seq": "99"},
        ],
        "invoices": [bought | {"invoice_id": "I-LATE", "amount": "5000.00"}],
        "accounts": [loser | {"merged_into_id": survivor}],
        "fx_rates": [dollar | {"rate_to_base": "0.7777"}],
    }
    ids = {
        "restated": restated["opportunity_id"],
        "reopened": reopened["opportunity_id"],
        "deleted": deleted["opportunity_id"],
        "passed_on": passed_on["opportunity_id"],
        "loser": loser["account_id"],
    }
    return rows, ids


@pytest.fixture(scope="module")
def held(demo_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Corrected:
    """The home after the night that found the corrections: held, because July moved by more than 1 %."""
    home = demo_home.copy(tmp_path_factory.mktemp("corrected") / "home")
    rows, ids = corrections(home)
    correct(home, DAY, rows)
    home.podium("run", expect=3)
    return Corrected(home, ids)


@pytest.fixture(scope="module")
def acknowledged(held: Corrected) -> Corrected:
    """The same once somebody said that it is right."""
    decision = ("--reason", "clean-up of July", "--by", "ana")
    held.home.podium("ack", held.home.ledger()[-1]["release_id"], "E-CLOSED-MOVED", *decision)
    held.home.podium("run")
    return held


def changes(database: Path, table: str) -> list[dict[str, Any]]:
    """The changes of July by month, of every person."""
    with duckdb.connect(str(database), read_only=True) as db:
        found = db.execute(f"select * from {table} where period_type = 'month' and period_start = '2026-07-01'")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def records(rows: list[dict[str, Any]], metric: str, cause: str) -> set[str]:
    """Ids named behind a metric's changes of one cause."""
    listed = [json.loads(r["record_ids_json"]) for r in rows if (r["metric"], r["cause"]) == (metric, cause)]
    return {record for ids in listed for record in ids}


def test_what_moved_much_holds_and_what_holds_is_explained(demo_home: Home, held: Corrected) -> None:
    assert held.home.published_bytes() == demo_home.published_bytes()
    release = held.home.ledger()[-1]["release_id"]
    checks = json.loads((held.home.path / "held" / release / "checks.json").read_text())["checks"]
    blocking = {check["check_id"] for check in checks if check["verdict"] == "block"}
    assert blocking
    assert blocking <= {f"G5.closed.{total}" for total in CLOSED_TOTALS}


def test_nothing_of_it_is_unexplained(held: Corrected) -> None:
    with duckdb.connect(str(held.home.path / "held" / "v000002" / "warehouse.duckdb"), read_only=True) as db:
        found = db.execute(
            f"select {KEYS} from metrics.fct_closed_period_changes where cause = 'unexplained'"
        ).fetchall()
    assert found == []


def test_every_change_is_published_with_its_cause_and_its_records(acknowledged: Corrected) -> None:
    rows = changes(acknowledged.home.path / "published" / "current" / "podium.duckdb", "closed_period_changes")
    ids = acknowledged.ids
    assert records(rows, "leads_sent", "late") == {"L-LATE"}
    assert records(rows, "offered", "late") == {"H-LATE"}
    assert ids["restated"] in records(rows, "won_amount", "restated")
    assert ids["reopened"] in records(rows, "deals_won", "restated")
    assert ids["deleted"] in records(rows, "deals_lost", "deleted")
    assert ids["passed_on"] in {r.split("|")[0] for r in records(rows, "deals_lost", "re_owned")}
    assert "I-LATE" in records(rows, "closing", "late")
    assert ids["loser"] in records(rows, "closing", "merged")
    assert {r.partition("|")[0] for r in records(rows, "closing", "fx")} == {"USD"}


def test_the_changes_add_up_to_what_both_releases_publish(acknowledged: Corrected) -> None:
    published = acknowledged.home.path / "published"
    with duckdb.connect() as db:
        for name, release in (("before", "v000001"), ("after", acknowledged.home.current)):
            db.execute(f"attach '{published / release / 'podium.duckdb'}' as {name} (read_only)")
        wrong = db.execute(
            """
            with moved as (
                select role, metric, period_type, period_start, user_id, sum(change_of_cause) as change
                from after.closed_period_changes group by all
            )
            select metric, user_id, change, new.value, old.value
            from after.metric_ranking as new
            full join before.metric_ranking as old using (role, metric, period_type, period_start, user_id)
            inner join after.metric_dictionary as meaning using (role, metric)
            left join moved using (role, metric, period_type, period_start, user_id)
            where meaning.is_additive and meaning.unit in ('count', 'money')
              and period_start + interval 1 month + interval 5 day <= date '2026-09-15' and period_type = 'month'
              and abs(coalesce(new.value, 0) - coalesce(old.value, 0) - coalesce(change, 0)) > 0.005
            """
        ).fetchall()
    assert wrong == []


def test_only_what_somebody_said_yes_to_is_marked(acknowledged: Corrected) -> None:
    rows = changes(acknowledged.home.path / "published" / "current" / "podium.duckdb", "closed_period_changes")
    marked = {row["metric"] for row in rows if row["is_acknowledged"]}
    assert {"deals_lost", "won_amount", "leads_sent"} <= marked
    assert "offered" not in marked
    certificate = acknowledged.home.certificate()
    assert {a["check_id"] for a in certificate["acknowledgements"]} >= {"G5.closed.deals_lost", "G5.closed.won_amount"}
    assert certificate["overrides"] == []


@pytest.mark.slow
def test_a_record_that_is_back_counts_once_again(acknowledged: Corrected) -> None:
    home = acknowledged.home
    back = first(delivered(home, "opportunities"), opportunity_id=acknowledged.ids["deleted"])
    correct(home, LATER, {"opportunities": [back | {"is_deleted": "false"}]})
    home.podium("run", expect=3)
    home.podium(
        "ack", home.ledger()[-1]["release_id"], "E-CLOSED-MOVED", "--reason", "it was no mistake", "--by", "ana"
    )
    home.podium("run")
    rows = changes(home.path / "published" / "current" / "podium.duckdb", "closed_period_changes")
    (row,) = [row for row in rows if row["metric"] == "deals_lost"]
    assert (row["cause"], row["change_of_cause"]) == ("restated", 1.0)
    assert json.loads(row["record_ids_json"]) == [back["opportunity_id"]]
