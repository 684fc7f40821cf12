"""Nights over the living CRM one after another: which are clean, which are spoiled, and what is counted of them.

What must be true of a run stands here as asserts with the night in their message; how many nights and faults, in
test_living.py.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pipelines.release import releases
from pipelines.release.deciding import decide
from pipelines.settings import Config, Settings
from tests.living.crm import Crm
from tests.living.injected import Fault, Injected
from tests.living.ledger import differences
from tests.living.nights import Outcome, deliver, night

ZONE = "Europe/Berlin"
HOLIDAYS = tuple(
    date(year, month, day) for year in range(2023, 2029) for month, day in ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26))
)
# The portfolio looks back twelve months, so the CRM has lived for longer when the first night comes.
MONTHS_BEFORE = 13
STORM = "E-DELETE-STORM"


@dataclass
class Tally:
    """What happened in a run. `caught`: per fault how it was told; `unexplained`: months that a release got wrong."""

    nights: int = 0
    published: int = 0
    judged: int = 0
    false_holds: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    warned: Counter[str] = field(default_factory=Counter)
    caught: dict[str, list[str]] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    overrides: list[str] = field(default_factory=list)
    cpu_seconds: float = 0.0

    def lines(self) -> list[str]:
        """The counts for a person."""
        return [
            f"{self.nights} nights, {self.published} published, {self.cpu_seconds / self.nights:.1f} CPU s each",
            f"false holds {len(self.false_holds)}: {'; '.join(self.false_holds) or 'none'}",
            f"months and people against the true totals on {self.judged} nights, wrong {len(self.wrong)}",
            f"warned on clean nights: {dict(self.warned.most_common())}",
            *(f"fault {name}: {'; '.join(told)}" for name, told in sorted(self.caught.items())),
            f"faults missed: {'; '.join(self.missed) or 'none'}",
            f"overrides it took: {'; '.join(self.overrides) or 'none'}",
        ]


class Simulation:
    """A company, its home, and how its nights went."""

    def __init__(self, place: Path, first: date, seed: int) -> None:
        start = (first - timedelta(days=30 * MONTHS_BEFORE)).replace(day=1)
        self.crm = Crm(seed, start, HOLIDAYS)
        options = {"quiet_seconds": 0, "company_time_zone": ZONE, "holidays": HOLIDAYS}
        self.settings = Settings(place / "home", place / "inbox", Config.model_validate(options))
        self.settings.home.mkdir(parents=True)
        self.tally = Tally()
        self._chance = random.Random(seed)
        self.pass_days(first)

    def pass_days(self, until: date) -> None:
        """Let the company live up to a day without a night."""
        while self.crm.today < until:
            self.crm.live()

    def clean(self, everything: bool = False, plain: bool = True) -> Outcome:
        """A clean night of today: it publishes, and the closed months are true where it is asked for."""
        deliver(self.crm, self.settings.inbox, everything)
        outcome = self._night(plain)
        if outcome.held:
            told = ", ".join(f"{result.message} ({result.table_name})" for result in outcome.held)
            self.tally.false_holds.append(f"{outcome.day} {told}")
        self.tally.warned.update([*(result.check_id for result in outcome.warned), *outcome.noted, *outcome.refused])
        return outcome

    def judge(self, months: int) -> None:
        """Compare the newest closed months of the release that readers see with the true totals."""
        self.tally.judged += 1
        release = self.settings.home / "published" / "current"
        found = differences(self.crm, ZoneInfo(ZONE), release, months)
        self.tally.wrong += [f"{self.crm.today}: {line}" for line in found]

    def spoiled(self, fault: Fault) -> Outcome:
        """A night whose delivery a fault befell. Readers stay where they are, but for what may be published."""
        before, injected = releases.current_id(self.settings), Injected(fault, self._chance)
        deliver(self.crm, self.settings.inbox, fault.of_full, injected)
        assert injected.happened, f"{fault.name}: there were no {fault.entity} on {self.crm.today}"
        outcome = self._night()
        told = self._told(fault, outcome)
        self.tally.caught.setdefault(fault.name, []).append(f"{fault.told}: {', '.join(sorted(outcome.codes)) or '-'}")
        if not told:
            self.tally.missed.append(f"{outcome.day} {fault.name}, told {sorted(outcome.codes)}")
        assert (releases.current_id(self.settings) == before) == bool(outcome.held), fault.name
        return outcome

    def mend(self, fault: Fault) -> None:
        """The nights after a fault: full exports, until the release is true again."""
        self.crm.live()
        if fault.stays:
            self._delete_again(fault)
            self.crm.live()
        if not self.clean(everything=True).held:
            self.judge(3)

    def _delete_again(self, fault: Fault) -> None:
        """What a fault made up is missing from the next full export: many deletions at once, which somebody allows."""
        deliver(self.crm, self.settings.inbox, everything=True)
        outcome = self._night()
        assert {result.code for result in outcome.held} == {STORM}, (fault.name, outcome.held)
        decide(self.settings, "override", outcome.release_id, STORM, reason=fault.name, by="the simulator")
        assert not self._night().held, fault.name
        self.tally.overrides.append(f"{outcome.day} {STORM} after {fault.name}")

    def _night(self, plain: bool = True) -> Outcome:
        outcome = night(self.settings, plain)
        self.tally.nights += 1
        self.tally.published += not outcome.held
        self.tally.cpu_seconds += outcome.cpu_seconds
        return outcome

    def _told(self, fault: Fault, outcome: Outcome) -> bool:
        """Whether somebody is told of a fault as its row says."""
        told = {
            "refused": {*outcome.refused},
            "held": {result.code for result in outcome.held},
            "warned": {result.code for result in outcome.warned} | {*outcome.noted},
            "unseen": set(),
        }[fault.told]
        if fault.told == "unseen":
            return not outcome.held and not outcome.refused
        return bool(told & {*fault.codes})
