"""The stories a newcomer should find, told again in plain Python from the files of the usual demo."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import mean, median

import pytest
from demo_reading import Made, Row

from pipelines.demo.stories import STORIES

LAST_DAY = date(2026, 9, 17)


def _by(rows: list[Row], column: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def _accepted(handoffs: list[Row]) -> float:
    return mean(row["decision"] == "accepted" for row in handoffs)


def _won(deals: list[Row]) -> float:
    return mean(row["is_won"] for row in deals)


@pytest.fixture(scope="module")
def sent(usual: Made) -> dict[str, list[Row]]:
    """Hand-offs by SDR."""
    return _by(usual.state.live("handoffs"), "sdr_id")


@pytest.fixture(scope="module")
def closed(usual: Made) -> dict[str, list[Row]]:
    """Closed deals by owner, each with the SDR it came from."""
    sdr_of = {row["opportunity_id"]: row["sdr_id"] for row in usual.state.live("handoffs")}
    rows = [row | {"sdr_id": sdr_of.get(row["opportunity_id"])} for row in usual.state.live("opportunities")]
    return _by([row for row in rows if row["is_closed"]], "owner_id")


def test_everybody_with_a_part_is_in_the_company(usual: Made) -> None:
    assert usual.summary.cast.keys() == STORIES.keys()
    users = {row["user_id"] for row in usual.state.live("users")}
    assert set(usual.summary.cast.values()) <= users


def test_many_leads_rejected_against_fewer_accepted(usual: Made, sent: dict[str, list[Row]]) -> None:
    quality, volume = (sent[usual.summary.cast[name]] for name in ("quality_sdr", "volume_sdr"))
    assert len(volume) > 1.8 * len(quality)
    assert _accepted(quality) > 0.75
    assert _accepted(volume) < 0.45
    assert min(sent, key=lambda sdr: _accepted(sent[sdr])) == usual.summary.cast["volume_sdr"]


def test_fewer_calls_per_qualified_lead_for_the_better_sdr(usual: Made) -> None:
    calls = Counter(row["user_id"] for row in usual.state.live("activities") if row["kind"] == "call")
    qualified = Counter(row["sdr_id"] for row in usual.state.live("leads") if row["qualified_at"])
    quality, volume = usual.summary.cast["quality_sdr"], usual.summary.cast["volume_sdr"]
    assert calls[volume] > 2 * calls[quality]
    assert calls[volume] / qualified[volume] > calls[quality] / qualified[quality]


def test_one_reject_reason_sticks_to_one_sdr(usual: Made, sent: dict[str, list[Row]]) -> None:
    def share(sdr: str) -> float:
        reasons = [row["reject_reason"] for row in sent[sdr] if row["reject_reason"]]
        return mean(reason == "Missing fields" for reason in reasons) if len(reasons) >= 10 else 0.0

    careless = usual.summary.cast["careless_sdr"]
    assert share(careless) > 0.5
    assert all(share(sdr) < 0.3 for sdr in sent if sdr != careless)


def test_a_good_raw_close_rate_that_is_the_best_sdrs_doing(usual: Made, closed: dict[str, list[Row]]) -> None:
    fed, quality = usual.summary.cast["fed_ae"], usual.summary.cast["quality_sdr"]
    rates = {owner: _won(deals) for owner, deals in closed.items() if len(deals) >= 30}
    assert rates[fed] > median(rates.values()) + 0.03
    from_others = [row for row in closed[fed] if row["sdr_id"] != quality]
    everybody = [row for deals in closed.values() for row in deals if row["sdr_id"] != quality]
    assert len(from_others) < 0.6 * len(closed[fed])
    assert _won(from_others) < _won(everybody) - 0.03


def test_the_best_closer_lives_on_the_weakest_leads(usual: Made, closed: dict[str, list[Row]]) -> None:
    closer, volume = usual.summary.cast["closer_ae"], usual.summary.cast["volume_sdr"]

    def of_volume(wanted: bool) -> list[Row]:
        rows = [row for owner, deals in closed.items() if (owner == closer) is wanted for row in deals]
        return [row for row in rows if row["sdr_id"] == volume]

    assert len(of_volume(True)) > 0.2 * len(closed[closer])
    assert _won(of_volume(True)) > _won(of_volume(False)) + 0.1


def test_top_clients_grow_while_small_ones_leave(usual: Made) -> None:
    owned = {
        row["account_id"]: row["am_id"]
        for row in usual.state.live("account_owners")
        if row["valid_from"] <= LAST_DAY and (row["valid_to"] is None or row["valid_to"] > LAST_DAY)
    }
    before: dict[str, Decimal] = defaultdict(Decimal)
    after: dict[str, Decimal] = defaultdict(Decimal)
    for row in usual.state.live("invoices"):
        if date(2025, 1, 1) <= row["invoiced_on"] < date(2026, 1, 1):
            before[row["account_id"]] += row["amount"]
        if row["invoiced_on"] > LAST_DAY - timedelta(days=180):
            after[row["account_id"]] += 2 * row["amount"]
    kept: dict[str, float] = {}
    grown: dict[str, float] = {}
    for am in set(owned.values()):
        book = sorted((a for a in before if owned.get(a) == am and before[a] > 0), key=lambda a: -before[a])
        top, tail = book[: len(book) // 5], book[len(book) // 5 :]
        kept[am] = mean(after[account] > 0 for account in tail)
        grown[am] = float(sum(after[a] for a in top) / sum(before[a] for a in top))
    am = usual.summary.cast["top_client_am"]
    assert grown[am] > 1.3 > 1 > median(grown.values()) - 0.4
    assert grown[am] > median(grown.values())
    assert kept[am] < 0.8 * median(kept.values())
    assert kept[usual.summary.cast["growing_am"]] > median(kept.values())


def test_people_move_join_leave_and_hold_two_roles(usual: Made) -> None:
    spells = _by(usual.state.live("assignments"), "user_id")
    cast = usual.summary.cast

    def roles(name: str) -> list[str]:
        return [row["role"] for row in sorted(spells[cast[name]], key=lambda row: row["valid_from"])]

    assert roles("climber") == ["SDR", "AE"]
    assert roles("ae_to_am") == ["AE", "AM"]
    assert sorted(roles("two_roles")) == ["AE", "SDR"]
    assert len({row["valid_from"] for row in spells[cast["two_roles"]]}) == 1
    assert [row["valid_to"] for row in spells[cast["next_leaver"]]] == [date(2026, 10, 1)]
    users = usual.state.live("users")
    assert any(row["left_on"] and not row["is_active"] for row in users)
    assert any(row["hired_on"] > date(2025, 1, 1) for row in users)
    assert any(
        len({row["team"] for row in rows}) == 2 and len({row["role"] for row in rows}) == 1 for rows in spells.values()
    )


def test_somebody_is_assigned_and_does_nothing(usual: Made) -> None:
    idle = usual.summary.cast["idle_sdr"]
    assert any(row["user_id"] == idle for row in usual.state.live("assignments"))
    assert not any(row["user_id"] == idle for row in usual.state.live("activities"))
    assert not any(row["sdr_id"] == idle for row in usual.state.live("leads") + usual.state.live("handoffs"))


def test_handoffs_are_resent_to_another_ae_and_some_stay_undecided(sent: dict[str, list[Row]]) -> None:
    handoffs = [row for rows in sent.values() for row in rows]
    again = [rows for rows in _by(handoffs, "lead_id").values() if len(rows) > 1]
    assert len(again) > 100
    assert all(len({row["ae_id"] for row in rows}) == len(rows) for rows in again)
    undecided = [row for row in handoffs if row["decision"] is None]
    assert 0.02 < len(undecided) / len(handoffs) < 0.1
    assert all(row["decided_at"] is None and row["reject_reason"] is None for row in undecided)


def test_deals_slip_change_owner_reopen_and_close_in_order(usual: Made) -> None:
    stages: dict[str, list[Row]] = _by(usual.state.live("opportunity_history"), "opportunity_id")
    slips = owners = reopened = same_instant = 0
    for rows in stages.values():
        rows.sort(key=lambda row: (row["changed_at"], row["seq"]))
        assert [int(row["seq"]) for row in rows] == list(range(1, len(rows) + 1))
        for earlier, later in pairwise(rows):
            slips += later["expected_close_on"] > earlier["expected_close_on"]
            owners += later["owner_id"] != earlier["owner_id"]
            reopened += earlier["stage"].startswith("Closed") and not later["stage"].startswith("Closed")
            same_instant += earlier["changed_at"] == later["changed_at"]
    assert min(slips, owners, reopened, same_instant) > 20
    for deal in usual.state.live("opportunities"):
        last = stages[deal["opportunity_id"]][-1]
        assert (deal["stage"], deal["owner_id"]) == (last["stage"], last["owner_id"])
        assert deal["is_closed"] == deal["stage"].startswith("Closed")
        assert deal["closed_at"] in (None, last["changed_at"])


def test_clients_merge_change_hands_and_some_belong_to_nobody(usual: Made) -> None:
    accounts = usual.state.live("accounts")
    merged = [row for row in accounts if row["merged_into_id"]]
    assert merged
    assert {row["merged_into_id"] for row in merged} <= {row["account_id"] for row in accounts}
    owners = _by(usual.state.live("account_owners"), "account_id")
    assert sum(len({row["am_id"] for row in rows}) > 1 for rows in owners.values()) > 10
    invoiced = {row["account_id"] for row in usual.state.live("invoices")}
    assert 5 < len(invoiced - owners.keys()) < 0.1 * len(invoiced)


def test_a_coach_whose_sessions_work_and_one_who_follows_bad_luck(usual: Made) -> None:
    sessions = _by(usual.state.live("coaching_sessions"), "coach_id")
    stand_out = [usual.summary.cast[name] for name in ("closer_ae", "fed_ae")]
    works, consoles = (sessions[coach] for coach in stand_out)
    assert {row["topic"] for row in works + consoles} == {"acceptance_rate"}
    others = {row["topic"] for coach, rows in sessions.items() if coach not in stand_out for row in rows}
    assert "acceptance_rate" not in others
    assert not {row["coachee_id"] for row in works} & {row["coachee_id"] for row in consoles}
    assert len(works) > 20
    assert len(consoles) > 10
