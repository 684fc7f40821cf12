"""Section A of the catalogue, what no file shows by itself: how an export stands beside those before it."""

from __future__ import annotations

from pathlib import Path

from tests.faults.fault import Fault
from tests.faults.small_company import FIRST, LAST, NEXT, Built, Company, company, lead, table

AFTER = "2026-03-13"
LEADS = ("stg_leads",)
THEN, NOW = f"{NEXT}T05:00:00Z", f"{LAST}T05:00:00Z"
OLD = [lead(n) for n in range(1, 41)]
# A day later one lead moved on and one is new.
NEWER = [lead(1, "worked", THEN), *OLD[1:], lead(41, changed=THEN)]
NEW = [lead(n, changed=THEN) for n in range(41, 47)]
# Put right by the next export.
FUTURE = lead(41, changed="2029-01-01T05:00:00Z")


def _leads(home: Company, day: str, rows: list[str], mode: str = "full") -> Company:
    return home.deliver(day, mode, leads=table("leads", rows))


def _two_days(place: Path) -> Company:
    return _leads(Company(place).deliver(FIRST, "full", **company()), NEXT, NEWER)


# 13
def old_exports(place: Path) -> dict[str, Built]:
    """The first day's export on the third day, and again on the fourth; one without what was created since; and what
    may look like it.
    """
    homes = {
        "old": _leads(_two_days(place / "old"), LAST, OLD),
        "old again": _leads(_leads(_two_days(place / "again"), LAST, OLD), AFTER, OLD),
        "mended": _leads(_leads(_two_days(place / "mended"), LAST, OLD), AFTER, [*NEWER[:-1], lead(41, "x", NOW)]),
        "newest deleted": _leads(_two_days(place / "deleted"), LAST, [lead(1, "worked", THEN), *OLD[1:]]),
        "six lost": _leads(_leads(Company(place / "six").deliver(**company()), NEXT, [*OLD, *NEW]), LAST, OLD),
        "five lost": _leads(_leads(Company(place / "five").deliver(**company()), NEXT, [*OLD, *NEW[1:]]), LAST, OLD),
        "nothing changed": _leads(_two_days(place / "same"), LAST, NEWER),
        "history": _leads(_two_days(place / "history"), "2026-03-01", OLD[:30]),
        "old delta": _leads(_two_days(place / "delta"), LAST, OLD[:9], "delta"),
        "future": _leads(_leads(Company(place / "future").deliver(**company()), NEXT, [*OLD, FUTURE]), LAST, NEWER),
    }
    return {name: home.night(models=LEADS) for name, home in homes.items()}


def held_as_stale(builds: dict[str, Built]) -> None:
    found = {name: built.result("G3.stale.leads") for name, built in builds.items()}
    assert [name for name, result in found.items() if result.verdict == "block"] == ["old", "old again", "six lost"]
    assert {result.verdict for result in found.values()} == {"block", "pass"}
    old = found["old"]
    assert (old.code, old.decision) == ("E-STALE-EXPORT", "override")
    assert old.message.startswith("E-STALE-EXPORT crm.leads: ")
    assert "\n" not in old.message


FEEDS = (
    Fault(
        "A",
        13,
        "Old export under a new date",
        "held by E-STALE-EXPORT, override possible; history, deltas and deletions pass",
        old_exports,
        held_as_stale,
        tier=2,
    ),
)
