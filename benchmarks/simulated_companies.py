"""Companies whose people's true skills are known, as rows of the relations that the metrics are counted from.

A company is one quarter of its own, so that many run in one go and none sees another. How well the ranking finds the
skills out is ranking_truth.py's to say. Sizes and spreads are drawn wide, and were fixed before any result was seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import norm

FIRST_QUARTER = date(1800, 1, 1)
Rows = list[dict[str, object]]


@dataclass
class Company:
    """Rows per relation, and the true value per (role, person, what)."""

    number: int
    relations: dict[str, Rows] = field(default_factory=dict)
    truths: Rows = field(default_factory=list)

    @property
    def quarter(self) -> dict[str, object]:
        return {"period_type": "quarter", "period_start": quarter_start(self.number)}

    def add(self, relation: str, **row: object) -> None:
        self.relations.setdefault(relation, []).append(row)

    def hire(self, role: str, number: int) -> str:
        """A person in the role for the whole quarter and long before."""
        user_id = f"{role}-{self.number}-{number}"
        spell = {"in_role_at_end": True, "days_in_role": 90, "months_in_role": 3.0, "tenure_days": 900}
        self.add("int_role_members", role=role, user_id=user_id, **self.quarter, **spell)
        return user_id

    def know(self, role: str, user_id: str, what: str, value: float) -> None:
        self.truths.append({"company": self.number, "role": role, "user_id": user_id, "what": what, "truth": value})


def quarter_start(number: int) -> date:
    year, quarter = divmod(number, 4)
    return date(FIRST_QUARTER.year + year, 1 + 3 * quarter, 1)


def simulate(number: int, seed: int) -> Company:
    """One company: sizes, pairings and how much people differ are drawn first, then the people, then what happened."""
    chance = np.random.default_rng((seed, number))
    company = Company(number)
    _quarter(company)
    sdrs = [company.hire("SDR", n) for n in range(_between(chance, 6, 40))]
    aes = [company.hire("AE", n) for n in range(_between(chance, 6, 60))]
    ams = [company.hire("AM", n) for n in range(_between(chance, 6, 40))]
    _send_leads(company, sdrs, chance)
    _close_deals(company, sdrs, aes, chance)
    _keep_accounts(company, ams, chance)
    return company


def frames(companies: list[Company]) -> dict[str, pd.DataFrame]:
    """Relation → rows of all the companies."""
    relations = {name for company in companies for name in company.relations}
    return {
        name: pd.DataFrame([row for company in companies for row in company.relations.get(name, [])])
        for name in sorted(relations)
    }


def truths(companies: list[Company]) -> pd.DataFrame:
    return pd.DataFrame([row for company in companies for row in company.truths])


def _between(chance: np.random.Generator, low: float, high: float) -> int:
    """A whole number, small ones as likely as large ones: uniform in the logarithm."""
    return round(float(np.exp(chance.uniform(np.log(low), np.log(high)))))


def _quarter(company: Company) -> None:
    start, end = quarter_start(company.number), quarter_start(company.number + 1)
    before = quarter_start(company.number - 1)
    bounds = {"period_end": end, "previous_start": before, "measured_to": end, "is_complete": True}
    company.add("int_periods", **company.quarter, **bounds)
    # Deals are given as they were fed, so the window holds nothing, also no leads of companies before.
    company.add("int_close_horizons", **company.quarter, close_horizon_days=90, cohort_start=start, cohort_end=start)
    for month in range(3):
        company.add("int_period_months", **company.quarter, month_start=date(start.year, start.month + month, 1))


def _send_leads(company: Company, sdrs: list[str], chance: np.random.Generator) -> None:
    """Leads arrive at random at each SDR's own pace; each is accepted with the SDR's own probability."""
    pace = _between(chance, 4, 40) * chance.lognormal(0, chance.uniform(0.05, 0.5), len(sdrs))
    base = logit(chance.uniform(0.3, 0.8))
    accepting = expit(base + chance.normal(0, chance.uniform(0.1, 0.7), len(sdrs)))
    sent_on = quarter_start(company.number)
    for sdr, leads, p, monthly in zip(sdrs, chance.poisson(3 * pace), accepting, pace, strict=True):
        company.know("SDR", sdr, "lead_velocity", float(monthly))
        company.know("SDR", sdr, "acceptance_rate", float(p))
        for lead, accepted in enumerate(chance.random(leads) < p):
            outcome = "accepted" if accepted else "rejected"
            lead_id = f"{sdr}-{lead}"
            company.add("int_leads_sent", lead_id=lead_id, sdr_id=sdr, sent_on=sent_on, outcome=outcome)


def _close_deals(company: Company, sdrs: list[str], aes: list[str], chance: np.random.Generator) -> None:
    """A deal is won by the AE's skill and the quality of the SDR who fed it; the two are paired unevenly."""
    skill = chance.normal(0, chance.uniform(0.1, 0.6), len(aes))
    quality = chance.normal(0, chance.uniform(0, 0.6), len(sdrs))
    chances = expit(logit(chance.uniform(0.15, 0.45)) + skill[:, None] + quality[None, :])
    evenness = chance.choice([0.15, 0.5, 2.0, 10.0])
    deals = _pairings(chance, evenness, len(aes), len(sdrs))
    won = chance.binomial(deals, chances)
    average_mix = deals.sum(axis=0) / deals.sum()
    for a, ae in enumerate(aes):
        company.know("AE", ae, "skill", float(chances[a] @ average_mix))
        company.know("AE", ae, "close_rate", float(chances[a] @ deals[a] / deals[a].sum()))
        for s in np.flatnonzero(deals[a]):
            feed = {"ae_id": ae, "feeder_id": f"sdr:{sdrs[s]}", "sdr_id": sdrs[s]}
            counts = {"deals": int(deals[a, s]), "deals_won": int(won[a, s])}
            company.add("int_ae_feeds", **company.quarter, **feed, **counts)


def _pairings(chance: np.random.Generator, evenness: float, aes: int, sdrs: int) -> np.ndarray:
    """Deals per AE and SDR. With an evenness of 0.15 an AE lives on two or three SDRs, with 10 on all alike."""
    usual = _between(chance, 15, 150)
    per_ae = np.maximum(1, (usual * chance.lognormal(0, 0.5, aes)).astype(int))
    weights = chance.dirichlet(np.full(sdrs, evenness), aes)
    return np.array([chance.multinomial(n, w) for n, w in zip(per_ae, weights, strict=True)])


def _keep_accounts(company: Company, ams: list[str], chance: np.random.Generator) -> None:
    """An account leaves with the AM's probability, or is multiplied by a lognormal factor around the AM's own."""
    usual = _between(chance, 8, 80)
    spread, factor_spread = chance.uniform(0.4, 1.5), chance.uniform(0.1, 0.6)
    leaving = expit(logit(chance.uniform(0.03, 0.25)) + chance.normal(0, chance.uniform(0.1, 0.8), len(ams)))
    growing = chance.normal(chance.uniform(-0.05, 0.1), chance.uniform(0.02, 0.2), len(ams))
    for am, leave, growth in zip(ams, leaving, growing, strict=True):
        stay = 1 - leave
        company.know("AM", am, "logo_retention", float(stay))
        company.know("AM", am, "upsell_rate", float(stay * np.exp(growth + factor_spread**2 / 2) - 1))
        company.know("AM", am, "grr", float(stay * _mean_capped(growth, factor_spread)))
        accounts = max(1, int(usual * chance.lognormal(0, 0.4)))
        opening = np.round(chance.lognormal(8, spread, accounts), 2)
        factors = chance.lognormal(growth, factor_spread, accounts) * (chance.random(accounts) < stay)
        closing = np.round(opening * factors, 2)
        for n, (r0, r1) in enumerate(zip(opening, closing, strict=True)):
            books = {"account_id": f"{am}-{n}", "opening_am_id": am, "closing_am_id": am, "has_bought_before": True}
            values = {"r0": float(r0), "r1": float(r1), "r1c": float(r1), "purchases_0": 1, "purchases_1": int(r1 > 0)}
            company.add("int_account_changes", **company.quarter, **books, **values, unconverted_invoices=0)


def _mean_capped(mean: float, sd: float) -> float:
    """Mean of a lognormal factor where each counts for at most 1."""
    below = np.exp(mean + sd**2 / 2) * norm.cdf(-(mean + sd**2) / sd)
    return float(below + norm.cdf(mean / sd))
