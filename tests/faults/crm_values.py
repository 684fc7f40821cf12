"""Section B, what stands in records: people, stages, money, references and times nobody knows. Injectors and judges."""

from __future__ import annotations

from pathlib import Path

from pipelines.intake.receipts import receipts
from tests.faults.small_company import FIRST, NEXT, NIGHTLY, PEOPLE, Built, Company, company, deal, invoice, table

LATER = f"{NEXT}T05:00:00Z"
JANUARY = "period_type = 'month' and period_start = '2026-01-01'"
FEBRUARY = "period_type = 'month' and period_start = '2026-02-01'"


def conserved(built: Built, ranking: str) -> bool:
    """Whether what is published adds up to what was staged."""
    found = built.results(f"G4.conserve.{ranking}.")
    return bool(found) and {result.verdict for result in found.values()} == {"pass"}


# 53
def unknown_people(place: Path) -> Built:
    """s2 is no user, s1 was renamed, and an SDR who was never assigned sent a lead."""
    users = [f"{p},{p.upper()},{NIGHTLY}" for p in PEOPLE if p != "s2"]
    home = Company(place).deliver(**company(users=table("users", [*users, f"s1,Sara Neu,{LATER}"])))
    sent = "hand-9,lead-9,ghost,a1,2026-01-13T09:00:00Z,,,,"
    return home.deliver(NEXT, handoffs=table("handoffs", [sent + LATER])).night()


def shown_as_unassigned(built: Built) -> None:
    shown = built.rows(f"select sdr_id, full_name, leads_sent from main.sdr_ranking where {JANUARY} order by all")
    assert shown == [("ghost", "Unassigned (ghost)", 1), ("s1", "Sara Neu", 3), ("s2", "Unassigned (s2)", 3)]
    assert conserved(built, "sdr_ranking")


# 54
def new_stage(place: Path) -> tuple[Built, Built]:
    home = Company(place).deliver(**company())
    first = home.night()
    rows = [deal(7, stage="Signed", closed="2026-03-05", changed=LATER)]
    return first, home.deliver(NEXT, opportunities=table("opportunities", rows)).night(earlier=first)


def kept_and_told(pair: tuple[Built, Built]) -> None:
    _, second = pair
    stage = "select stage, is_won from staging.stg_opportunities where opportunity_id = 'deal-7'"
    assert second.rows(stage) == [("Signed", True)]
    assert second.value("select sum(deals_won) from main.ae_ranking where period_start = '2026-03-01'") == 1
    result = second.result("G5.stages.opportunities")
    assert (result.verdict, result.code, result.observed) == ("warn", "W-STAGE-NEW", "1 rows")


# 55
def no_rate(place: Path) -> Built:
    """Six won deals in francs, which have no rate, among twelve; a seventh in a currency that nobody knows."""
    rows = [*map(deal, range(1, 7)), *(deal(n, currency="CHF") for n in range(7, 13)), deal(13, currency="ZZZ")]
    return Company(place).deliver(**company(opportunities=table("opportunities", rows))).night()


def unconverted_is_counted(built: Built) -> None:
    totals = "sum(deals_won), sum(unconverted_deals), sum(won_amount)"
    assert built.rows(f"select {totals} from main.ae_ranking where {JANUARY}") == [(13, 7, 21000)]
    assert conserved(built, "ae_ranking")
    result = built.result("G3.currency.opportunities")
    assert (result.verdict, result.code) == ("block", "E-CURRENCY")
    assert "observed 53.85 % (7 of 13 rows), threshold at most 0.5 %" in result.message


# 57
def blank_currency(place: Path) -> list[Built]:
    """An invoice without a currency, from a source without and with a declared one; euros beside dollars."""
    rows = [invoice(1), invoice(2, account=1, currency="USD"), invoice(3, currency="")]
    builds = []
    for name, source in (("undeclared", {}), ("declared", {"currency": "EUR"})):
        home = Company(place / name, sources={"crm": source})
        builds.append(home.deliver(**company(invoices=table("invoices", rows))).night(models=("portfolio_bridge",)))
    return builds


def default_by_contract_only(builds: list[Built]) -> None:
    undeclared, declared = builds
    assert undeclared.rows("select reason, key_text from night.quarantine") == [("missing_required", "inv-3")]
    values = f"select account_id, r1 from main.portfolio_bridge where {FEBRUARY} and r1 > 0 order by all"
    assert undeclared.rows(values) == [("acct-1", 150)], "100 EUR and 100 USD at 0.5 are 150, never 200"
    assert declared.rows(values) == [("acct-1", 150), ("acct-3", 100)]


# 58
def odd_amounts(place: Path) -> Built:
    """A negative deal, one of a million million; one invoice that is most of February, one that is most of March."""
    deals = [*map(deal, range(1, 5)), deal(5, "-5"), deal(6, "1000000000000")]
    on = {"2026-02-10": "5000.00", "2026-03-05": "9000.00"}
    bills = [invoice(100 * at + n, 1, day) for at, day in enumerate(on) for n in range(1, 56)]
    bills += [invoice(900 + at, 1, day, amount) for at, (day, amount) in enumerate(on.items())]
    changed = {"opportunities": table("opportunities", deals), "invoices": table("invoices", bills)}
    return Company(place).deliver(**(company() | changed)).night()


def told_or_held(built: Built) -> None:
    amounts = built.result("G3.amounts.opportunities")
    assert (amounts.verdict, amounts.code, amounts.observed) == ("warn", "W-AMOUNT", "2 rows")
    result = built.result("G3.outlier.invoices")
    assert (result.verdict, result.code) == ("block", "E-OUTLIER-DOMINATES")
    assert "observed 47.62 % (month 2026-02-01), threshold at most 25 %" in result.message


# 59
def missing_parents(place: Path) -> Built:
    """Ten invoices of accounts that did not come."""
    bills = [*map(invoice, range(1, 7)), *(invoice(n) for n in range(21, 31))]
    return Company(place).deliver(**company(invoices=table("invoices", bills))).night()


def counted_and_held(built: Built) -> None:
    in_all = f"select count(*), sum(r1) from main.portfolio_bridge where {FEBRUARY}"
    assert built.rows(in_all) == [(16, 1600)]
    nobodys = f"select full_name, closing from main.am_ranking where {FEBRUARY} and am_id = '(unassigned)'"
    assert built.rows(nobodys) == [("Unassigned", 1000)]
    assert {r.verdict for r in built.results("G4.bridge.values", "G4.bridge.ranking").values()} == {"pass"}
    result = built.result("G3.orphans.invoices.account_id")
    assert (result.verdict, result.code) == ("block", "E-ORPHANS")
    assert "observed 62.5 % (10 of 16 rows), threshold at most 2 %" in result.message


# 62: the same instants and days in three zones.
BORDER = (
    "2026-01-31T18:30:00Z",
    "2026-01-31T20:30:00Z",
    "2026-01-31T21:30:00Z",
    "2026-01-31T22:30:00Z",
    "2026-01-31T23:30:00Z",
    "2026-02-01T04:30:00Z",
    "2026-02-01T05:30:00Z",
)
IN_JANUARY = {"Europe/Moscow": 2, "UTC": 5, "America/New_York": 6}


def around_midnight(place: Path) -> dict[str, Built]:
    builds = {}
    calls = table("activities", [f"call-{n},s1,call,{at},{NIGHTLY}" for n, at in enumerate(BORDER)])
    bills = table("invoices", [invoice(1, on="2026-01-31"), invoice(2, on="2026-02-01")])
    for zone in IN_JANUARY:
        home = Company(place / zone.replace("/", "-"), company_time_zone=zone)
        home.deliver(**company(activities=calls, invoices=bills))
        builds[zone] = home.night(models=("stg_activities", "stg_invoices"))
    return builds


def cut_in_company_time(builds: dict[str, Built]) -> None:
    for zone, built in builds.items():
        january = "select count(*) filter (where occurred_on < '2026-02-01') from staging.stg_activities"
        assert built.value(january) == IN_JANUARY[zone], zone
        days = built.rows("select invoiced_on::varchar from staging.stg_invoices order by all")
        assert days == [("2026-01-31",), ("2026-02-01",)], zone


# 63
CLOCKS = {
    "2025-03-30 01:30:00": "2025-03-30 00:30:00",
    "2025-03-30 02:30:00": "2025-03-30 01:30:00",  # skipped: an hour later
    "2025-10-26 02:30:00": "2025-10-26 01:30:00",  # repeated: the second
    "2025-10-26T02:30:00+02:00": "2025-10-26 00:30:00",
    "2025-10-26 03:00:00": "2025-10-26 02:00:00",
}


def clock_changes(place: Path) -> tuple[Company, Built]:
    calls = table("activities", [f"call-{n},s1,call,{at},{NIGHTLY}" for n, at in enumerate(CLOCKS)])
    home = Company(place, sources={"crm": {"dialect": {"time_zone": "Europe/Berlin"}}})
    home.deliver(**company(activities=calls))
    return home, home.night(models=("stg_activities",))


def counted_by_rule(found: tuple[Company, Built]) -> None:
    home, built = found
    stored = built.rows("select occurred_at::varchar from staging.stg_activities order by activity_id")
    assert [at for (at,) in stored] == list(CLOCKS.values())
    (told,) = [r.notes for r in receipts(home.settings) if r.entity == "activities"]
    assert told == ("W-DST 2 times without an offset that Europe/Berlin skipped or repeated",)


# 69
def free_text(place: Path) -> tuple[Company, Built, Built]:
    """The same company with and without what people type about a lead."""
    plain = Company(place / "plain").deliver(**company())
    columns, *rows = company()["leads"].splitlines()
    texts = ['"a\nb@example.org"', "=HYPERLINK(1)", "x" * 2**20]
    filled = [f"{columns},email,phone,notes", *(f"{row},{','.join(texts)}" for row in rows[:1])]
    filled += [f"{row},,," for row in rows[1:]]
    home = Company(place / "filled").deliver(**{name: text for name, text in company().items() if name != "leads"})
    (home.settings.inbox / "crm" / FIRST / "leads.csv").write_text("\n".join(filled) + "\n")
    return home, home.night(), plain.night()


def nowhere_but_raw(found: tuple[Company, Built, Built]) -> None:
    home, built, plain = found
    assert built.value("select count(*) from crm.leads where length(_extra) > 1e6 and _extra like '%example.org%'") == 1
    assert [r.unknown_columns for r in receipts(home.settings) if r.entity == "leads"] == [("email", "phone", "notes")]
    assert built.content() == plain.content()
    held = "select table_name from duckdb_columns() where schema_name <> 'crm' and column_name in ('_extra', 'notes')"
    assert built.rows(held) == []
