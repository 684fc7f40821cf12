"""Section D: what the models and the gate must notice of their own. Injectors and judges."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from data_checks.catalogue import catalogue
from data_checks.check import Measured
from data_checks.measures import business_hours
from data_checks.terms import CertifiedTerms, Terms, fingerprint, gate_result, terms_of
from data_checks.verdict import CheckResult, DbtTest
from pipelines.contract import ENTITIES, Type
from pipelines.errors import PodiumError
from pipelines.intake.receipts import receipts
from pipelines.release import placing, provenance, read_back
from pipelines.release.content import content_sha256
from pipelines.release.deciding import decide
from pipelines.release.releases import newest_certified
from tests.faults.small_company import FIRST, NIGHTLY, PEOPLE, Built, Company, company, deal, handoff, lead, table
from tests.support.compiled_sql import CompiledModels
from tests.unit.release.release_home import ReleaseHome, audit_of, check, march

MONTH = "period_type = 'month' and period_start = '2026-01-01'"
Results = dict[str, CheckResult]


@contextmanager
def spoiled(built: Built, sql: str) -> Iterator[Built]:
    """The build with something changed in it, for as long as it is looked at."""
    built.db.begin()
    built.db.execute(sql)
    built.build = None
    try:
        yield built
    finally:
        built.db.rollback()
        built.build = None


# 113: what Great Expectations passes by itself.
HOLLOW = {
    "G4.rows.sdr_ranking": ("E-EMPTY", "delete from main.sdr_ranking"),
    "G4.filled.sdr_ranking.leads_sent": ("E-NO-EVIDENCE", "update main.sdr_ranking set leads_sent = null"),
    "G4.ratio.sdr_ranking.acceptance_rate": ("E-RATIO", "update main.sdr_ranking set acceptance_rate = null"),
    "G4.range.sdr_ranking.acceptance_rate": ("E-RANGE", "update main.sdr_ranking set acceptance_rate = 'nan'"),
    "G4.range.ae_ranking.expected_wins": ("E-RANGE", "update main.ae_ranking set expected_wins = 'inf'"),
}


def hollow_tables(place: Path) -> Results:
    built, found = Company(place).deliver(**company()).night(), {}
    for check_id, (_, sql) in HOLLOW.items():
        assert built.result(check_id).verdict == "pass"
        with spoiled(built, sql):
            found[check_id] = built.result(check_id)
    return found


def each_is_held(found: Results) -> None:
    assert {key: (r.verdict, r.code) for key, r in found.items()} == {
        key: ("block", code) for key, (code, _) in HOLLOW.items()
    }


# 114, 115: a1 and a2 win all they decide, a3 decides nothing.
def busy_company() -> dict[str, str]:
    people, numbers = PEOPLE | {"a3": "AE"}, range(1, 61)
    return company(leads=60) | {
        "users": table("users", (f"{p},{p.upper()},{NIGHTLY}" for p in people)),
        "assignments": table("assignments", (f"{p},{role},2025-01-01,{NIGHTLY}" for p, role in people.items())),
        "handoffs": table("handoffs", map(handoff, numbers)),
        "opportunities": table("opportunities", map(deal, numbers)),
    }


def nobody_to_divide_by(place: Path) -> Built:
    return Company(place).deliver(**busy_company()).night()


def shown_never_ranked(built: Built) -> None:
    columns = "user_id, denominator, value, is_ranked, rank, not_ranked_reason"
    rows = built.rows(f"select {columns} from main.metric_ranking where metric = 'close_rate_decided' and {MONTH}")
    assert sorted(rows, key=str) == [
        ("a1", 30, 1, True, 1, None),
        ("a2", 30, 1, True, 1, None),
        ("a3", 0, None, False, None, "below_min_n"),
    ]
    with spoiled(built, "update main.ae_ranking set close_rate_decided = 0 where ae_id = 'a3'"):
        assert built.result("G4.ratio.ae_ranking.close_rate_decided").verdict == "block"


RUNS_EACH = 13


def ties(place: Path) -> list[list[tuple[Any, ...]]]:
    """Places of 13 runs each with 1 to 8 threads, every one over the rows in another order."""
    built, chance = nobody_to_divide_by(place), random.Random(115)
    models, estimates = CompiledModels(["fct_metric_ranks"]), "metrics.fct_metric_estimates"
    of = {name: models.nodes[name].relation.removeprefix("memory.") for name in models.inputs}
    given = {name: built.db.execute(f"from {of[name]} where {MONTH}").to_arrow_table() for name in models.inputs}
    rows, runs = given["fct_metric_estimates"], []
    for threads in range(1, 9):
        with models.run(given, threads=threads) as db:
            # Planning this query takes far longer than running it.
            db.execute(f"prepare places as {models.nodes['fct_metric_ranks'].sql}")
            for _ in range(RUNS_EACH):
                db.register("shuffled", rows.take(chance.sample(range(rows.num_rows), rows.num_rows)))
                db.execute(f"delete from {estimates}; insert into {estimates} from shuffled")
                runs.append(sorted(db.execute("execute places").fetchall(), key=repr))
    return runs


def the_same_every_time(runs: list[list[tuple[Any, ...]]]) -> None:
    assert len(runs) >= 100
    assert all(run == runs[0] for run in runs)
    places = [row[7] for row in runs[0] if row[4] == "close_rate_decided" and row[5]]
    assert places == [1, 1], "equals share a place"


# 116
FLOATS = ("DOUBLE", "FLOAT")


def floating_money(built: Built) -> list[str]:
    """Columns that hold money and not as DECIMAL, in any relation of a build."""
    contract = {c.name for entity in ENTITIES.values() for c in entity.columns if c.type is Type.MONEY}
    published = {name for (name,) in built.rows("select metric from main.metric_dictionary where unit = 'money'")}
    names = contract | published | {"amount_base", "line_amount", "r0", "r1", "r1c"}
    columns = built.rows("select table_name, column_name, data_type from duckdb_columns() order by all")
    return [f"{relation}.{name}" for relation, name, kind in columns if name in names and kind in FLOATS]


def threads(place: Path) -> list[Built]:
    home = Company(place).deliver(**busy_company())
    return [home.night(threads=number) for number in (1, 3, 8)]


def money_is_exact(builds: list[Built]) -> None:
    assert len({built.content() for built in builds}) == 1
    assert floating_money(builds[0]) == []
    with spoiled(builds[0], "alter table main.ae_ranking alter won_amount type double"):
        assert floating_money(builds[0]) == ["ae_ranking.won_amount"]


# 117, 118
def fanned_out(place: Path) -> Built:
    """A user who stands twice where everybody joins to."""
    home = Company(place).deliver(**company())
    users = home.night(models=("stg_users",)).db.execute(
        "from staging.stg_users union all from staging.stg_users where user_id = 's1'"
    )
    return home.night(given={"stg_users": users.to_arrow_table()})


def sums_too_large(built: Built) -> None:
    result = built.result("G4.conserve.sdr_ranking.leads_sent")
    assert (result.verdict, result.code, result.decision) == ("block", "E-CONSERVE", "never")
    assert "(+50.0 % in the month of 2026-01-01)" in result.message


def lost_in_a_join(place: Path) -> Built:
    """People whom nobody knows fall out, as an inner join to users would make them."""
    users = table("users", [f"{p},{p.upper()},{NIGHTLY}" for p in PEOPLE if p != "s2"])
    built = Company(place).deliver(**company(users=users)).night()
    built.db.execute("delete from main.sdr_ranking where sdr_id not in (select user_id from staging.stg_users)")
    return built


def sums_too_small(built: Built) -> None:
    result = built.result("G4.conserve.sdr_ranking.leads_sent")
    assert (result.verdict, result.code) == ("block", "E-CONSERVE")
    assert "(-50.0 % in the month of 2026-01-01)" in result.message


# 119, 120
def taken_again(place: Path) -> list[Built]:
    """The same night twice, the second time with everything read anew from the archive."""
    home = Company(place).deliver(**company())
    first = home.night()
    for receipt in receipts(home.settings):
        receipt.path(home.settings).unlink()
    return [first, home.night()]


def nothing_twice(builds: list[Built]) -> None:
    first, again = builds
    assert first.content() == again.content()
    assert again.value("select count(*) from crm.leads") == first.value("select count(*) from crm.leads") == 40


HISTORIES = 3
STATE = ("stg_leads", "stg_opportunities")


def split_histories(place: Path) -> list[tuple[str, str]]:
    """Random versions of leads and deals, in one delivery and in as many as chance says, taken night by night."""
    pairs = []
    for seed in range(HISTORIES):
        chance, versions = random.Random(seed), []
        for at in range(60):
            changed = f"2026-03-01T{at // 60:02}:{at % 60:02}:00Z"
            n, word = chance.randint(1, 12), chance.choice(("new", "won", "lost"))
            entity, row = chance.choice(
                (("leads", lead(n, word, changed)), ("opportunities", deal(n, str(at), changed=changed)))
            )
            versions.append((entity, row))
        chance.shuffle(versions)
        nights: list[list[tuple[str, str]]] = [[] for _ in range(chance.randint(2, 5))]
        for version in versions:
            chance.choice(nights).append(version)
        pairs.append((_state(place / f"{seed}-whole", [versions]), _state(place / f"{seed}-split", nights)))
    return pairs


def _state(place: Path, nights: list[list[tuple[str, str]]]) -> str:
    """The content of staging after the nights; a delivery is taken before the next one arrives."""
    home = Company(place)
    for number, versions in enumerate(nights):
        rows = {name: [row for entity, row in versions if entity == name] for name in ("leads", "opportunities")}
        home.deliver(f"2026-03-{10 + number}", **{name: table(name, lines) for name, lines in rows.items() if lines})
        built = home.night(models=STATE)
    return content_sha256(built.db, STATE, "staging")


def split_or_not(pairs: list[tuple[str, str]]) -> None:
    assert len(pairs) == HISTORIES
    assert all(whole == split for whole, split in pairs)
    assert len({whole for whole, _ in pairs}) == HISTORIES


# 121
def softer_gates(_: Path) -> tuple[Results, tuple[Terms, ...]]:
    tests = [DbtTest("unique_grain_stg_leads", "stg_leads", "lead_id", "pass", 0, "error", "one row per lead", "")]
    terms = terms_of(catalogue(), tests)
    storm = next(c for c in catalogue() if c.id == "G3.deletes.leads")
    assert isinstance(storm, Measured)
    changes: dict[str, Any] = {
        "removed": lambda one: None,
        "lowered from critical to warning": lambda one: replace(one, severity="warning"),
        "widened from at most 2 % to at most 20 %": lambda one: replace(one, high=0.2, threshold="at most 20 %"),
    }
    found = {}
    for how, change in changes.items():
        changed = [change(one) if one.id == storm.id else one for one in terms]
        now = tuple(one for one in changed if one)
        assert fingerprint(now) != fingerprint(terms)
        found[how] = gate_result(CertifiedTerms("v000001", terms), now)
    return found, terms


def gate_change_is_held(found: tuple[Results, tuple[Terms, ...]]) -> None:
    results, terms = found
    for how, result in results.items():
        assert (result.verdict, result.code, result.decision) == ("block", "E-GATE-CHANGED", "ack")
        assert f"G3.deletes.leads {how}" in result.message
    assert gate_result(CertifiedTerms("v000001", terms), terms).verdict == "pass"


# 122, 127: on a home with a small hand-made build.
@contextmanager
def release_home(place: Path) -> Iterator[tuple[ReleaseHome, pytest.MonkeyPatch]]:
    """A home whose v000001 is current, and a patch that is undone when it is left."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provenance, "code_sha256", lambda: "0" * 64)
        home = ReleaseHome.at(place / "home")
        home.publish(day=1)
        home.deliver(2)
        yield home, patch


def overridden(place: Path) -> tuple[str | None, str | None]:
    """What is current after an overridden night, and what the next night is compared with."""
    message = "E-DELETE-STORM leads: too much, on 3 rows, observed 30 %, threshold 2 %"
    seen = {"observed": "30 %", "observed_value": 0.3, "threshold_value": 0.02}
    storm = check("G3.deletes.leads", stage="G3", verdict="block", message=message, decision="override", **seen)
    with release_home(place) as (home, _):
        home.hold(audit_of(check(), storm))
        decide(home.settings, "override", "v000002", "E-DELETE-STORM", reason="clean-up", by="ana")
        home.publish(audit=audit_of(check(), storm))
        baseline = newest_certified(home.settings, march(9))
        return home.current(), baseline.release_id if baseline else None


def no_baseline(found: tuple[str | None, str | None]) -> None:
    assert found == ("v000003", "v000001")


def edited_csv(place: Path) -> tuple[str | None, str, bool]:
    """A CSV edited between the swap and the read-back: who is current, what was said, whether v000001 is untouched."""
    with release_home(place) as (home, patch):
        before = home.tree()

        def edited(directory: Path) -> None:
            assert home.current() == "v000002"
            file = directory / "csv" / "sdr_ranking.csv"
            file.chmod(0o640)
            file.write_text(file.read_text().replace("50", "51", 1))
            read_back.check(directory)

        patch.setattr(placing, "read_back", edited)
        try:
            home.publish()
            told = ""
        except PodiumError as error:
            told = str(error)
        return home.current(), told, before.items() <= home.tree().items()


def rolled_back(found: tuple[str | None, str, bool]) -> None:
    current, told, is_untouched = found
    assert (current, is_untouched) == ("v000001", True)
    assert "csv/sdr_ranking.csv was changed" in told
    assert "not what was certified" in told


# 124
def first_night(place: Path) -> tuple[Results, CheckResult]:
    """Every check on a first night, and a fixed limit that is broken on it."""
    built = Company(place).deliver(FIRST, **company()).night()
    results = built.results("G")
    with spoiled(built, "insert into staging.stg_leads from staging.stg_leads limit 1"):
        return results, built.result("G2.unique.leads")


def fixed_limits_hold(found: tuple[Results, CheckResult]) -> None:
    results, broken = found
    verdicts = {key: r.verdict for key, r in results.items() if r.verdict != "pass"}
    assert verdicts == {"G5.baseline": "warn"}
    compared = [r for key, r in results.items() if key.startswith("G5.") and not r.is_required]
    assert len(compared) > 50
    assert all("no release to compare with" in r.message for r in compared if r.table_name.startswith("stg_leads"))
    assert (broken.verdict, broken.code) == ("block", "E-GRAIN")


# 125
HOLIDAYS = [
    date(2025, 12, 25),
    date(2025, 12, 26),
    date(2026, 1, 1),
    date(2026, 4, 3),
    date(2026, 4, 6),
    date(2026, 5, 1),
    date(2026, 5, 14),
    date(2026, 5, 25),
]
NIGHTS = 360


def calendar(place: Path) -> tuple[list[str], list[str]]:
    """360 nights of exports that run daily and hold changes on working days until six: which are held as stale, with
    the holidays as a night knows them, and with none declared.
    """
    home = Company(place, holidays=HOLIDAYS).deliver(**company())
    known = home.night(models=("stg_context",)).audited().context["holidays"]
    days = [date(2025, 9, 1) + timedelta(days=number) for number in range(NIGHTS)]
    worked = [day for day in days if day.weekday() < 5 and day not in HOLIDAYS]
    limit = next(c.high for c in catalogue() if c.id == "G3.fresh" and isinstance(c, Measured))
    assert limit is not None

    def held(day: date, holidays: list[date]) -> bool:
        newest = datetime.combine(max(past for past in worked if past <= day), time(18))
        midnight = datetime.combine(day + timedelta(days=1), time())
        return business_hours(newest, midnight, ZoneInfo("UTC"), holidays) > limit

    return [str(day) for day in days if held(day, known)], [str(day) for day in days if held(day, [])]


def no_false_hold(found: tuple[list[str], list[str]]) -> None:
    declared, undeclared = found
    assert declared == []
    assert undeclared == ["2025-12-26", "2025-12-27", "2025-12-28", "2026-04-06"], "two holidays in a row"
