"""Teams of SDRs whom coaches pick by how they did, drawn from a seed, and what the coaching models make of them.

Everybody's true acceptance rate is known here, and so is what a session adds to it. What must be found of it stands in
tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from tests.support.compiled_sql import CompiledModels, rows_of

FIRST_DAY = date(2024, 1, 1)
LOOK_BACK = 60  # days by which coaches pick
_SESSION = {"kind": "one_on_one", "topic": "acceptance_rate", "notes_url": ""}
_EMPTY = {
    "int_sdr_calls": "sdr_id varchar, occurred_on date, calls bigint",
    "int_sdr_days": "sdr_id varchar, on_date date, months double",
    "stg_leads": "sdr_id varchar, qualified_on date",
    "stg_handoffs": "ae_id varchar, sent_on date, decision varchar, reject_reason varchar",
    "int_deals": "closing_ae_id varchar, closed_on date, is_won boolean",
}
_ENTITIES = (
    *("leads", "activities", "handoffs", "opportunities"),
    *("opportunity_history", "invoices", "coaching_sessions"),
)


@dataclass(frozen=True)
class Plan:
    """How a team works and how it is coached. Shares of 1, days and counts."""

    added: float = 0.0  # what a first session adds to the coachee's true share, for good
    sdrs: int = 36
    coaches: int = 3
    days: int = 720
    leads_a_day: float = 0.7
    mean: float = 0.55
    sd: float = 0.08  # of the true shares
    every: int = 10  # days between two rounds of coaching
    coached: float = 0.1  # of the weakest third, by chance


@dataclass
class CoachedTeam:
    """Leads and sessions of one team."""

    plan: Plan
    seed: int
    sessions: list[tuple[int, int, int]] = field(default_factory=list)  # day, SDR, coach

    def __post_init__(self) -> None:
        plan, random = self.plan, np.random.default_rng(self.seed)
        self.random = random
        self.shares = np.clip(random.normal(plan.mean, plan.sd, plan.sdrs), 0.1, 0.9)
        number = random.poisson(plan.leads_a_day, (plan.sdrs, plan.days))
        self.sdr, self.day = (np.repeat(index, number.ravel()) for index in map(np.ravel, np.indices(number.shape)))
        self.luck = random.random(len(self.sdr))
        self.gained = np.zeros((plan.sdrs, plan.days))
        for round_on in range(LOOK_BACK, plan.days - LOOK_BACK, plan.every):
            self._coach(round_on)

    @property
    def accepted(self) -> np.ndarray:
        return self.luck < np.clip(self.shares[self.sdr] + self.gained[self.sdr, self.day], 0.02, 0.98)

    def _coach(self, round_on: int) -> None:
        """Pick from those who did worst lately."""
        plan = self.plan
        recent = (self.day >= round_on - LOOK_BACK) & (self.day < round_on)
        sent = np.bincount(self.sdr[recent], minlength=plan.sdrs)
        accepted = np.bincount(self.sdr[recent], self.accepted[recent], minlength=plan.sdrs)
        weakest = np.argsort(accepted / np.maximum(sent, 1), kind="stable")[: plan.sdrs // 3]
        for sdr in weakest[self.random.random(len(weakest)) < plan.coached]:
            is_episode = all(
                not (who == sdr and round_on - LOOK_BACK <= day < round_on) for day, who, _ in self.sessions
            )
            self.sessions.append((round_on, int(sdr), int(self.random.integers(plan.coaches))))
            self.gained[sdr, round_on + 1 :] += plan.added * is_episode

    def tables(self) -> dict[str, pa.Table]:
        """The relations that the models read it from."""
        people = pa.array([f"s{sdr:03}" for sdr in range(self.plan.sdrs)])
        leads = {
            "sdr_id": people.take(pa.array(self.sdr)),
            "sent_on": _dates(self.day),
            "outcome": pa.array(np.where(self.accepted, "accepted", "rejected")),
            "is_strictly_qualified": pa.repeat(True, len(self.sdr)),
        }
        day, sdr, coach = np.array(self.sessions, int).T
        sessions = {
            "session_id": pa.array([f"{number:05}" for number in range(len(day))]),
            "coach_id": pa.array([f"coach{number}" for number in coach]),
            "coachee_id": people.take(pa.array(sdr)),
            "held_on": _dates(day),
            "minutes": pa.repeat(30, len(day)),
            **{name: pa.repeat(text, len(day)) for name, text in _SESSION.items()},
        }
        return {
            "int_leads_sent": pa.table(leads),
            "stg_coaching_sessions": pa.table(sessions),
            "int_role_spells": rows_of(
                "user_id varchar, role varchar, valid_from date, valid_to date",
                [(person, "SDR", FIRST_DAY, date(9999, 12, 31)) for person in people.to_pylist()],
            ),
        }


def _dates(days: np.ndarray) -> pa.Array:
    """Days of the simulation as dates."""
    return pa.array(days + (FIRST_DAY - date(1970, 1, 1)).days, pa.int32()).cast(pa.date32())


class CoachingModels:
    """From sessions and leads to fct_coaching_effects, compiled once."""

    def __init__(self) -> None:
        self.models = CompiledModels(
            (
                *("int_daily_events", "int_coaching_sessions", "int_coaching_episodes", "int_coaching_windows"),
                *("int_coaching_counts", "fct_baseline_changes", "fct_episode_changes", "fct_coaching_effects"),
            )
        )
        self.empty: dict[str, pa.Table] = {name: rows_of(columns) for name, columns in _EMPTY.items()}

    def run(self, team: CoachedTeam) -> duckdb.DuckDBPyConnection:
        """The models over one team, as they stand on its last day."""
        last_day = FIRST_DAY + timedelta(days=team.plan.days)
        columns = ", ".join(("as_of date", *(f"has_{entity} boolean" for entity in _ENTITIES)))
        context = rows_of(columns, [(last_day, *(True for _ in _ENTITIES))])
        return self.models.run({**self.empty, "stg_context": context, **team.tables()})

    def effects(self, plan: Plan, seeds: Iterable[int]) -> pd.DataFrame:
        """fct_coaching_effects of every seed, one row per coach and seed."""
        found = []
        for seed in seeds:
            with self.run(CoachedTeam(plan, seed)) as db:
                found.append(db.sql("select * from metrics.fct_coaching_effects order by coach_id").df())
        return pd.concat(found, ignore_index=True)
