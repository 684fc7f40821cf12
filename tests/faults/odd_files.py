"""Injections of section A that take more than writing a file, and what is looked at after them. The rows stand in
files.py.
"""

from __future__ import annotations

import csv
import io
import itertools
import os
import resource
import threading
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import duckdb

from data_checks.build import open_build
from data_checks.examine import examine
from data_checks.sets import sets
from pipelines.intake.take import take_deliveries
from pipelines.night import Night as Plan
from pipelines.warehouse import connect, prepare
from tests.faults.nights import DAY, Night, named
from tests.unit.intake.intake_home import LEADS, Home, lead, leads

NEXT = "2026-01-06"
INVOICES = "invoice_id,account_id,invoiced_on,amount,currency,updated_at\n"
USERS = "user_id,full_name,updated_at\n"
ACCOUNTS = "account_id,created_at,updated_at\nA1,2026-01-02,2026-01-03\n"
MANY_ROWS = 1_000_000


def invoice(number: int, amount: str = "10.00", day: str = "2026-01-02") -> str:
    return f"I{number},A1,{day},{amount},EUR,2026-01-03\n"


def user(number: int, name: str) -> str:
    return f"U{number},{name},2026-01-03\n"


def promising(count: int, content: str) -> Callable[[Path], Home]:
    """A file whose manifest says that it has `count` rows."""

    def inject(folder: Path) -> Home:
        home = Home(folder)
        home.deliver("leads_1.csv", content)
        home.manifest(rows=count)
        return home

    return inject


def after(earlier: dict[str, str | bytes], later: dict[str, str | bytes]) -> Callable[[Path], Home]:
    """Files that arrive once a night has taken others."""

    def inject(folder: Path) -> Home:
        home = named(earlier)(folder)
        take_deliveries(home.settings)
        return named(later)(folder)

    return inject


def still_written(folder: Path) -> Home:
    """A file that somebody writes while a night looks at it, and then no more."""
    home, stop = Home(folder, quiet_seconds=1), threading.Event()
    path = home.deliver("leads_1.csv", LEADS + lead(0))

    def write() -> None:
        for number in itertools.count(1):
            if stop.wait(0.1):
                return
            with path.open("a") as file:
                file.write(lead(number))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        report = take_deliveries(home.settings)
    finally:
        stop.set()
        writer.join()
    assert report.files == ()
    assert report.busy[0].startswith("I-FILE-BUSY crm/2026-01-05: still being written")
    os.utime(path, (1, 1))
    home.deliver("users.csv.part", USERS)
    return home


def taken_once(night: Night) -> None:
    rows = len(night.home.deliver("leads_2.csv", LEADS).with_name("leads_1.csv").read_text().splitlines()) - 1
    assert night.verdicts() == {"leads_1.csv": f"loaded {rows}"}
    assert night.said("I-FILE-BUSY crm/2026-01-05/users.csv.part: unfinished upload")
    night.home.settings.inbox.joinpath("crm", DAY, "leads_2.csv").unlink()
    assert take_deliveries(night.home.settings).files == ()


def touched_again(folder: Path) -> Home:
    home = after({"leads_1.csv": leads(3)}, {"leads_1.csv": leads(3)})(folder)
    os.utime(home.settings.inbox / "crm" / DAY / "leads_1.csv", (1, 1))
    return home


def green_and_empty(night: Night) -> None:
    assert night.report.files == ()
    assert night.verdicts() == {"leads_1.csv": "loaded 3"}
    assert night.said("I-DUPLICATE-DELIVERY crm/2026-01-05/leads_1.csv: taken before")
    assert len(night.home.rows()) == 3


def stored_once(night: Night) -> None:
    assert night.verdicts() == {
        "leads_1.csv": "loaded 3",
        "leads_2.csv": "loaded 0, 3 double I-DUPLICATE-DELIVERY",
        f"crm/{NEXT}/leads_1.csv": "loaded 3",
    }
    assert night.said(f"W-SAME-BYTES crm/{NEXT}/leads_1.csv")
    assert len(list(night.home.settings.archive.glob("??/*"))) == 1


def both_archived(night: Night) -> None:
    assert sorted(night.home.rows(columns="lead_id, status")) == [
        ("L0", "new"),
        ("L0", "new"),
        ("L1", "new"),
        ("L1", "won"),
    ]
    assert night.said(
        "W-REISSUED crm/2026-01-05/leads_1.csv: other bytes than before, 1 rows changed, 0 new, 0 gone: L1"
    )
    assert len(list(night.home.settings.archive.glob("??/*"))) == 2


# What is judged by earlier files as well: a quiet night, a file that may be cut, days and months.
OUT_OF_ORDER: dict[str, str | bytes] = {
    "crm/2026-01-06/leads_1.csv": leads(3)[:-2],
    "crm/2026-01-07/leads_1.csv": LEADS,
    f"crm/{DAY}/leads_1.csv": leads(2),
    "crm/2026-01-07/leads_2.csv": leads(4),
}


def newest_first(folder: Path) -> Home:
    home = Home(folder)
    for place in sorted(OUT_OF_ORDER, reverse=True):
        named({place: OUT_OF_ORDER[place]})(folder)
        take_deliveries(home.settings)
    return home


def as_if_in_order(night: Night) -> None:
    in_order = named(OUT_OF_ORDER)(night.home.settings.home.parent / "in_order")
    report = take_deliveries(in_order.settings)
    assert night.verdicts() == Night(in_order, report, []).verdicts()
    assert night.home.rows() == in_order.rows()


def full_sets(folder: Path) -> Home:
    """Four full sets; from the second on, accounts are missing."""
    home = Home(folder, sources={"crm": {"mode": "full"}}, set_deadline_hours=36)
    home.deliver("accounts.csv", ACCOUNTS)
    for day in range(5, 9):
        home.deliver("leads.csv", leads(2), f"2026-01-{day:02}")
        home.deliver("users.csv", USERS + user(1, "Ann"), f"2026-01-{day:02}")
    return home


def incomplete_set_is_held(night: Night) -> None:
    def on(day: int) -> dict[str, str]:
        plan = Plan("v000001", None, date(2026, 1, day), datetime(2026, 1, day), False)
        path = prepare(night.home.settings, plan, night.home.receipts())
        with connect(path) as db:
            db.execute("create schema staging; create view staging.stg_context as select * from night.context")
        with open_build(path, None) as build:
            return {result.check_id: result.verdict for result in examine(build, sets())}

    assert on(5) == {"G2.set": "pass", "G2.set.warn": "pass"}
    assert on(6) == on(7) == {"G2.set": "pass", "G2.set.warn": "warn"}
    assert on(8) == {"G2.set": "block", "G2.set.warn": "warn"}
    assert night.home.rows("accounts", "account_id") == [("A1",)]


def widening(folder: Path) -> Home:
    """Rows that are one field longer from row k on."""
    home = Home(folder)
    for part, k in enumerate((1, 100, 2046, 2047, 100_000), 1):
        good = "".join(lead(number) for number in range(k))
        wide = "".join(lead(number).replace("\n", ",x\n") for number in range(k, k + 30))
        home.deliver(f"leads_{part}.csv", LEADS + good + wide)
    return home


def awkward(number: int) -> str:
    return ("plain", "a,b", 'say "hi"', "two\nlines", "\r\n", ";\t|", "'", " ")[number % 8] + str(number % 97)


def a_million_awkward_rows(folder: Path) -> Home:
    home, text = Home(folder), io.StringIO(newline="")
    text.write(LEADS)
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(
        (f"L{number}", "2026-01-02", "U1", awkward(number), "2026-01-03") for number in range(MANY_ROWS)
    )
    home.deliver("leads_1.csv", text.getvalue())
    return home


def every_value_arrived(night: Night) -> None:
    assert night.verdicts() == {"leads_1.csv": f"loaded {MANY_ROWS}"}
    (path,) = [str(r.rows_path(night.home.settings)) for r in night.home.receipts()]
    counted = duckdb.execute("select status, count(*) from read_parquet($1) group by all", [path]).fetchall()
    assert dict(counted) == Counter(awkward(number) for number in range(MANY_ROWS))


def swapped_days(folder: Path) -> Home:
    """A source that declares dd.mm: a good history, then one written mm.dd of which only days up to the 12th came."""
    home = Home(folder, sources={"crm": {"dialect": {"dates": "dmy"}}})
    good = [(day, month) for month in (3, 6, 9) for day in (2, 9, 16, 23, 27)]
    home.deliver("invoices_1.csv", INVOICES + _invoices(good))
    home.deliver(
        "invoices_1.csv", INVOICES + _invoices([(month, day) for month in range(1, 13) for day in (3, 5, 8, 11)]), NEXT
    )
    # As many days early in their month, in the order declared: a quiet month is no fault.
    home.deliver("invoices_1.csv", INVOICES + _invoices([(day, 12) for day in range(1, 13)]), "2026-01-07")
    return home


def _invoices(days: list[tuple[int, int]]) -> str:
    return "".join(invoice(i, day=f"{day:02}.{month:02}.2025") for i, (day, month) in enumerate(days))


def one_endless_line(folder: Path) -> Home:
    """200 MB without a line end, and a million columns."""
    home = Home(folder)
    path = home.deliver("leads_1.csv", LEADS + "L1,")
    with path.open("ab") as file:
        for _ in range(200):
            file.write(b"x" * (1 << 20))
    home.deliver("leads_2.csv", "lead_id,created_at,updated_at," + ",".join(map(str, range(1_000_000))) + "\n")
    before = _peak_kilobytes()
    take_deliveries(home.settings)
    assert _peak_kilobytes() - before < 100 << 10
    return home


def _peak_kilobytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def taken_by_name(night: Night) -> None:
    assert night.home.rows(columns="lead_id, status, sdr_id, cast(created_at as date)::text") == [
        ("L1", "new", None, "2026-01-02")
    ]


def added_twice(folder: Path) -> Home:
    with_score = "lead_id,created_at,updated_at,score\nL{},2026-01-02,2026-01-03,7\n"
    later = f"crm/{NEXT}/leads.csv"
    return named(
        {"leads.csv": leads(1), later: with_score.format(1), "crm/2026-01-07/leads.csv": with_score.format(2)}
    )(folder)


def kept_and_told_once(night: Night) -> None:
    assert [r.verdict for r in night.home.receipts()] == ["loaded"] * 3
    assert night.home.rows(columns="lead_id, _extra") == [
        ("L0", None),
        ("L1", '{"score":"7"}'),
        ("L2", '{"score":"7"}'),
    ]
    assert night.said("W-COLUMN-NEW") == night.said(f"W-COLUMN-NEW crm/{NEXT}/leads.csv") == 1


def all_refused_by_name(night: Night) -> None:
    codes = {r.code for r in night.home.receipts()}
    assert codes <= {"E-FILE-NAME", "E-FORMAT"}
    assert len(night.report.refused) == 6
    assert night.home.rows() == []
