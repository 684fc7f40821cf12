"""Section B, what became of records: repeated, late, corrected, gone, merged, passed on. Injectors and judges."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.faults.small_company import FIRST, LAST, NEXT, Built, Company, account, company, deal, handoff, lead, table
from tests.faults.small_company import invoice as bill

LATER = f"{NEXT}T05:00:00Z"
LEADS, BOOKS = ("stg_leads",), ("am_ranking",)
Pair = tuple[Built, Built]
STATUS = "select lead_id, status from staging.stg_leads order by all"


# 43
def same_key_twice(place: Path) -> list[Built]:
    """Two versions that time tells apart and two that nothing does, in both orders of the file."""
    twice = [lead(1, "old"), lead(1, "new", LATER), lead(2, "one"), lead(2, "two"), lead(3)]
    builds = []
    for name, lines in (("there", twice), ("back", twice[::-1])):
        home = Company(place / name).deliver(**company(leads=0) | {"leads": table("leads", lines)})
        builds.append(home.night(models=LEADS))
    return builds


def newest_or_hash(builds: list[Built]) -> None:
    for built in builds:
        assert built.value("select count(*) from crm.leads") == 5
        assert built.rows(STATUS)[0] == ("lead-1", "new")
        result = built.result("G3.ties.leads")
        assert (result.verdict, result.code, result.observed) == ("warn", "W-VERSION-TIE", "1 rows")
    assert builds[0].rows(STATUS) == builds[1].rows(STATUS)


# 44, 45: a closed January, and what is told about it a day later.
def two_nights(place: Path, **second: str) -> Pair:
    home = Company(place).deliver(**company())
    first = home.night()
    return first, home.deliver(NEXT, **second).night(earlier=first)


def late_records(place: Path) -> Pair:
    """A hand-off more, and a deal of 5 beside 21,000."""
    handoffs = table("handoffs", [handoff(7, changed=LATER)])
    return two_nights(place, handoffs=handoffs, opportunities=table("opportunities", [deal(7, "5", changed=LATER)]))


def restated(place: Path) -> Pair:
    return two_nights(place, opportunities=table("opportunities", [deal(6, "9999.00", changed=LATER)]))


def moved(built: Built, metric: str) -> list[tuple[object, ...]]:
    """How a closed month's figure moved, by cause."""
    return built.rows(
        "select cause, user_id, value_before, value_after, change_of_cause, record_ids_json "
        f"from main.closed_period_changes where metric = '{metric}' and period_type = 'month' order by all"
    )


def verdicts(built: Built, total: str) -> tuple[str, str, str]:
    """Of a closed total: whether it holds, whether it warns, and whether it is unexplained."""
    ids = (f"G5.closed.{total}", f"G5.closed.{total}.warn", f"G5.unexplained.{total}")
    found = built.results(*ids)
    hold, warn, unexplained = (found[check_id].verdict for check_id in ids)
    return hold, warn, unexplained


def late_is_named(pair: Pair) -> None:
    _, second = pair
    assert moved(second, "leads_sent") == [("late", "s2", 3, 4, 1, '["hand-7"]')]
    assert moved(second, "won_amount") == [("late", "a2", 9000, 9005, 5, '["deal-7"]')]
    assert verdicts(second, "leads_sent") == ("block", "warn", "pass")
    assert second.result("G5.closed.leads_sent").decision == "ack"
    assert verdicts(second, "won_amount") == ("pass", "warn", "pass"), "five of 21,000 are published with a mark"


def restatement_is_named(pair: Pair) -> None:
    first, second = pair
    assert moved(second, "won_amount") == [("restated", "a1", 12000, 15999, 3999, '["deal-6"]')]
    assert verdicts(second, "won_amount") == ("block", "warn", "pass")
    amounts = "select amount from staging.stg_opportunities where opportunity_id = 'deal-6'"
    assert (first.value(amounts), second.value(amounts)) == (6000, 9999)
    assert second.value("select count(*) from crm.opportunities where opportunity_id = 'deal-6'") == 2


# 61: a formula column of a deal changed, and its time did not.
def changed_without_time(place: Path) -> list[Pair]:
    """The deal of 6,000 is worth 9,999 in a full delivery, and in a delta that does not speak of it."""
    deals = [*map(deal, range(1, 6)), deal(6, "9999.00")]
    full = Company(place / "full").deliver(FIRST, "full", **company())
    first = full.night()
    second = full.deliver(NEXT, "full", opportunities=table("opportunities", deals)).night(earlier=first)
    silent = two_nights(place / "delta", opportunities=table("opportunities", [deal(7, "5", changed=LATER)]))
    return [(first, second), silent]


def found_by_full_deliveries(pairs: list[Pair]) -> None:
    (_, second), (_, silent) = pairs
    assert moved(second, "won_amount") == [("restated", "a1", 12000, 15999, 3999, '["deal-6"]')]
    assert verdicts(second, "won_amount") == ("block", "warn", "pass")
    assert second.result("G3.ties.opportunities").verdict == "pass"
    amount = "select amount from staging.stg_opportunities where opportunity_id = 'deal-6'"
    assert (second.value(amount), silent.value(amount)) == (9999, 6000)


# 46 – 49: rows that are gone from a delivery.
def without(count: int, mode: str, day: str = NEXT, *, leads: int = 40) -> dict[str, str]:
    return {"day": day, "mode": mode, "leads": table("leads", map(lead, range(count + 1, leads + 1)))}


def hard_deletes(place: Path) -> list[Built]:
    """Five rows gone from a complete full delivery, from one with a refused part, and the day before."""
    homes = [Company(place / name).deliver(**company()).deliver(**without(5, "full")) for name in ("whole", "broken")]
    (homes[1].settings.inbox / "crm" / NEXT / "leads_2.csv").write_text("<html>")
    builds = [home.night(NEXT, models=LEADS) for home in homes]
    return [*builds, homes[0].night(FIRST, models=LEADS)]


def gone_from_then_on(builds: list[Built]) -> None:
    whole, broken, day_before = builds
    assert [built.value("select count(*) from staging.stg_leads") for built in builds] == [35, 40, 40]
    assert whole.value("select count(distinct lead_id) from crm.leads") == 40, "history stays"
    assert (broken.as_of, day_before.as_of) == (date(2026, 3, 11), date(2026, 3, 10))
    assert whole.result("G3.deletes.leads").verdict == "pass"


def deletion_storm(place: Path) -> Pair:
    """12 of 40 gone, held; and the night after a complete delivery followed."""
    home = Company(place).deliver(mode="full", **company()).deliver(**without(12, "full"))
    held = home.night(models=LEADS)
    return held, home.deliver(**without(0, "full", LAST)).night(models=LEADS)


def storm_is_held_and_leaves_nothing(pair: Pair) -> None:
    held, mended = pair
    result = held.result("G3.deletes.leads")
    assert (result.verdict, result.code) == ("block", "E-DELETE-STORM")
    assert "observed 30 % (12 of 40 rows), threshold at most 2 %" in result.message
    assert mended.value("select count(*) from staging.stg_leads") == 40
    assert mended.value("select count(*) from crm.leads where is_deleted") == 0
    assert mended.result("G3.deletes.leads").verdict == "pass"


def absent_from_a_delta(place: Path) -> Built:
    return Company(place).deliver(**company()).deliver(**without(38, "delta")).night(models=LEADS)


def nothing_inferred(built: Built) -> None:
    assert built.value("select count(*) from staging.stg_leads") == 40
    result = built.result("G3.deletes.leads")
    assert not result.is_required
    assert "absence from a delta implies nothing" in result.message


def undeleted(place: Path) -> Built:
    """Gone from one full delivery, back in the next."""
    home = Company(place).deliver(mode="full", **company()).deliver(**without(5, "full"))
    return home.deliver(**without(0, "full", LAST)).night(models=LEADS)


def there_once(built: Built) -> None:
    assert built.rows("select count(*), count(distinct lead_id) from staging.stg_leads") == [(40, 40)]


# 50
CLOSING = "select account_id, closing from (select account_id, sum(r1) as closing from main.portfolio_bridge "
CLOSING += "where period_type = 'month' and period_start = '2026-02-01' group by all) order by all"


def merged_accounts(place: Path) -> list[Built]:
    """Three are merged into one another; a fourth is deleted and its invoices name it still."""
    home = Company(place).deliver(**company())
    first = home.night()
    rows = table("accounts", [account(2, "acct-1", LATER), account(3, "acct-2", LATER)])
    gone = f"account_id,created_at,is_deleted,updated_at\nacct-4,2025-06-01,true,{LATER}"
    home.deliver(NEXT, accounts=rows)
    merged = home.night(earlier=first)
    return [first, merged, home.deliver(LAST, accounts=gone).night()]


def sums_stay(builds: list[Built]) -> None:
    first, merged, orphaned = ({name: float(value or 0) for name, value in built.rows(CLOSING)} for built in builds)
    assert merged["acct-1"] == first["acct-1"] + first["acct-2"] + first["acct-3"] == 300
    assert {"acct-2", "acct-3"}.isdisjoint(merged)
    assert sum(merged.values()) == sum(orphaned.values()) == sum(first.values()) == 600
    assert orphaned["acct-4"] == first["acct-4"]
    assert verdicts(builds[1], "closing")[2] == "pass"


# 52
def passed_on_after_close(place: Path) -> Pair:
    return two_nights(place, opportunities=table("opportunities", [deal(6, owner="a2", changed=LATER)]))


def credit_stays(pair: Pair) -> None:
    first, second = pair
    won = "select ae_id, deals_won, won_amount from main.ae_ranking where period_type = 'month' "
    won += "and period_start = '2026-01-01' order by all"
    assert first.rows(won) == second.rows(won)
    assert second.value("select count(*) from main.closed_period_changes") == 0
    assert second.value("select owner_id from staging.stg_opportunities where opportunity_id = 'deal-6'") == "a2"


# 60
def cursor_ties(place: Path) -> Built:
    """The second export begins with the instant at which the first ended."""
    first = [lead(1), lead(2)]
    home = Company(place).deliver(**company() | {"leads": table("leads", first)})
    return home.deliver(NEXT, leads=table("leads", [lead(2), lead(3)])).night(models=LEADS)


def none_lost_none_double(built: Built) -> None:
    assert built.rows("select lead_id from staging.stg_leads order by all") == [("lead-1",), ("lead-2",), ("lead-3",)]
    assert built.result("G3.ties.leads").verdict == "pass"


# 65
def from_the_future(place: Path) -> Pair:
    """Changed two days after the delivery that tells of it; the next delivery tells better."""
    lines = [lead(1), lead(2), lead(2, "ahead", f"{LAST}T12:00:00Z")]
    home = Company(place).deliver(**company() | {"leads": table("leads", lines)})
    first = home.night(models=LEADS)
    return first, home.deliver(NEXT, leads=table("leads", [lead(2, "better", LATER)])).night(models=LEADS)


def future_is_set_aside(pair: Pair) -> None:
    first, second = pair
    assert first.rows("select line, reason, key_text from night.quarantine") == [(4, "future_updated_at", "lead-2")]
    assert first.rows(STATUS)[1] == ("lead-2", "new")
    assert second.rows(STATUS)[1] == ("lead-2", "better")


# 68
def soft_deleted(place: Path) -> Pair:
    home = Company(place).deliver(**company())
    first = home.night(models=BOOKS)
    columns, row = table("invoices", [bill(6)]).splitlines()
    return first, home.deliver(NEXT, invoices=f"{columns},is_deleted\n{row},true").night(models=BOOKS)


def left_out_and_kept(pair: Pair) -> None:
    first, second = pair
    total = "select sum(closing) from main.am_ranking where period_type = 'month' and period_start = '2026-02-01'"
    assert (first.value(total), second.value(total)) == (600, 500)
    assert second.value("select count(*) from staging.stg_invoices where invoice_id = 'inv-6'") == 0
    assert second.value("select count(*) from crm.invoices where invoice_id = 'inv-6' and is_deleted") == 1
