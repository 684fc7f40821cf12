"""What became of the clients an AM kept, on random companies: the project's SQL against the definitions in fractions.

The definitions are written here term by term as docs and texts word them, not in the form the SQL brings them to.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.support.compiled_sql import CompiledModels, rows_of

TOLERANCE = 1e-9
YEAR = date(2025, 1, 1)
AMS = ("m1", "m2", "m3", "m4", "m5", "m6")
CHANGES = (
    "period_type varchar, period_start date, account_id varchar, opening_am_id varchar, closing_am_id varchar, "
    "r0 decimal(18, 2), r1 decimal(18, 2), r1c decimal(18, 2), purchases_0 bigint, purchases_1 bigint, "
    "unconverted_invoices bigint, has_bought_before boolean"
)
EFFECTS = ("retention_effect", "tilt_effect", "upsell_effect", "frequency_effect", "ticket_effect")
VARIANCES = ("upsell_rate_s2", "grr_s2", "top_client_retention_s2")
RATIOS = ("upsell_rate", "nrr", "grr", "logo_retention", "top_client_retention", "tail_logo_retention")


@dataclass(frozen=True)
class Account:
    """An account at both ends of a period: whose, worth what in cents, and bought how often."""

    id: str
    am0: str | None
    am1: str | None
    cents0: int
    cents1: int
    purchases0: int
    purchases1: int

    @property
    def r0(self) -> Fraction:
        return Fraction(self.cents0, 100)

    @property
    def r1(self) -> Fraction:
        return Fraction(self.cents1, 100)

    @property
    def capped(self) -> Fraction:
        return min(self.r0, self.r1)


def random_company(seed: int) -> list[Account]:
    """Up to 40 accounts per AM: heavy-tailed values, losses, transfers, arrivals, AMs with one or no client kept."""
    chance = random.Random(seed)
    loss = chance.choice((0.0, 0.2, 0.6, 1.0))
    accounts = []
    for am in AMS:
        for number in range(chance.choice((0, 1, 2, 5, 15, 40))):
            cents0 = 0 if chance.random() < 0.1 else int(chance.lognormvariate(9, 2)) + 1
            grown = int((cents0 or 5000) * chance.choice((1.0, chance.lognormvariate(0, 0.8)))) + chance.randrange(2)
            cents1 = 0 if chance.random() < loss else grown
            to = am if chance.random() < 0.85 else chance.choice((*AMS, None))
            bought0 = chance.randrange(1, 13) if cents0 else chance.randrange(2)
            bought1 = chance.randrange(1, 13) if cents1 else chance.randrange(2)
            accounts.append(Account(f"{chance.random():.12f}-{number}", am, to, cents0, cents1, bought0, bought1))
    return accounts


def mean(values: list[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def top(kept: list[Account]) -> list[Account]:
    """The fewest largest accounts that cover at least half of what the kept ones were worth; ties by id."""
    largest = sorted(kept, key=lambda account: (-account.r0, account.id))
    covered = Fraction(0)
    for number, account in enumerate(largest, 1):
        covered += account.r0
        if 2 * covered >= sum(a.r0 for a in kept):
            return largest[:number]
    return []


def split(kept: list[Account]) -> dict[str, Fraction]:
    """The effects, each a fraction of what the kept accounts were worth at the opening."""
    stayed = [account for account in kept if account.r1 > 0]
    opening, n0, n1 = sum((a.r0 for a in kept), Fraction(0)), len(kept), len(stayed)
    a0 = opening / n0
    effects = dict.fromkeys(EFFECTS, Fraction(0))
    effects["retention_effect"] = (n1 - n0) * a0 / opening
    if n1:
        a0_stayed, a1_stayed = mean([a.r0 for a in stayed]), mean([a.r1 for a in stayed])
        often0 = mean([Fraction(a.purchases0) for a in stayed])
        often1 = mean([Fraction(a.purchases1) for a in stayed])
        each0, each1 = a0_stayed / often0, a1_stayed / often1
        effects["tilt_effect"] = n1 * (a0_stayed - a0) / opening
        effects["upsell_effect"] = n1 * (a1_stayed - a0_stayed) / opening
        effects["frequency_effect"] = (often1 - often0) * (each0 + each1) / 2 * n1 / opening
        effects["ticket_effect"] = (each1 - each0) * (often0 + often1) / 2 * n1 / opening
    return effects


def variances(pairs_by_am: dict[str, list[tuple[Fraction, Fraction]]]) -> dict[str, Fraction | None]:
    """s² of Σ after ÷ Σ before per AM, at least 0.0001: what chance does to accounts is the same for all AMs."""
    noise, freedom = Fraction(0), 0
    for pairs in pairs_by_am.values():
        n, before, after = len(pairs), sum(r for r, _ in pairs), sum(y for _, y in pairs)
        if n >= 2:
            noise += n * sum((y - r * after / before) ** 2 for r, y in pairs) / sum(r**2 for r, _ in pairs)
            freedom += n - 1
    found: dict[str, Fraction | None] = dict.fromkeys(pairs_by_am)
    for am, pairs in pairs_by_am.items():
        if len(pairs) >= 2:
            concentration = sum(r**2 for r, _ in pairs) / Fraction(sum(r for r, _ in pairs)) ** 2
            found[am] = max(noise / freedom * concentration, Fraction(1, 10_000))
    return found


def ratio(part: Fraction | int, whole: Fraction | int) -> Fraction | None:
    return Fraction(part) / whole if whole else None


def expected(kept: list[Account]) -> dict[str, Fraction | None]:
    """Every ratio of an AM with kept accounts."""
    largest = top(kept)
    tail = [account for account in kept if account not in largest]
    opening, closing = sum((a.r0 for a in kept), Fraction(0)), sum((a.r1 for a in kept), Fraction(0))
    return {
        **split(kept),
        "upsell_rate": closing / opening - 1,
        "nrr": closing / opening,
        "grr": sum((a.capped for a in kept), Fraction(0)) / opening,
        "logo_retention": ratio(sum(a.r1 > 0 for a in kept), len(kept)),
        "top_client_retention": ratio(sum(a.capped for a in largest), sum(a.r0 for a in largest)),
        "tail_logo_retention": ratio(sum(a.r1 > 0 for a in tail), len(tail)),
    }


def expected_of_all(books: dict[str, list[Account]]) -> dict[str, dict[str, Fraction | None]]:
    """Every ratio and variance, per AM with kept accounts."""
    figures = {am: expected(kept) for am, kept in books.items()}
    pairs = {
        "upsell_rate_s2": {am: [(a.r0, a.r1) for a in kept] for am, kept in books.items()},
        "grr_s2": {am: [(a.r0, a.capped) for a in kept] for am, kept in books.items()},
        "top_client_retention_s2": {am: [(a.r0, a.capped) for a in top(kept)] for am, kept in books.items()},
    }
    for name, pairs_by_am in pairs.items():
        for am, value in variances(pairs_by_am).items():
            figures[am][name] = value
    return figures


@pytest.fixture(scope="module")
def models() -> CompiledModels:
    return CompiledModels(["fct_portfolio_lines", "fct_am_kept_books"])


def computed(models: CompiledModels, accounts: list[Account]) -> dict[str, dict[str, float | None]]:
    """Per AM with kept accounts: what the SQL makes of a company."""
    rows = []
    for a in accounts:
        r0, r1 = (Decimal(cents).scaleb(-2) for cents in (a.cents0, a.cents1))
        rows.append(("year", YEAR, a.id, a.am0, a.am1, r0, r1, r1, a.purchases0, a.purchases1, 0, True))
    columns = ("am_id", *EFFECTS, *RATIOS, *VARIANCES)
    with models.run({"int_account_changes": rows_of(CHANGES, rows)}) as db:
        found = db.execute(f"select {', '.join(columns)} from metrics.fct_am_kept_books").fetchall()
    return {row[0]: dict(zip(columns[1:], row[1:], strict=True)) for row in found}


def kept_by_am(accounts: list[Account]) -> dict[str, list[Account]]:
    kept = {am: [a for a in accounts if a.am0 == a.am1 == am and a.cents0 > 0] for am in AMS}
    return {am: of_am for am, of_am in kept.items() if of_am}


@pytest.mark.parametrize("seed", range(40))
def test_effects_and_variances_are_those_of_the_definitions(models: CompiledModels, seed: int) -> None:
    accounts = random_company(seed)
    wanted = expected_of_all(kept_by_am(accounts))
    found = computed(models, accounts)
    assert found.keys() == wanted.keys()
    for am, figures in wanted.items():
        for name, value in figures.items():
            got = found[am][name]
            if value is None:
                assert got is None, f"{am} {name}"
            else:
                assert got == pytest.approx(float(value), rel=TOLERANCE, abs=TOLERANCE), f"{am} {name}"


def test_the_companies_hold_the_cases_that_matter() -> None:
    books = [kept for seed in range(40) for kept in kept_by_am(random_company(seed)).values()]
    stayed = [sum(a.cents1 > 0 for a in kept) for kept in books]
    assert {len(kept) for kept in books} >= {1, 2}
    assert any(n == 0 for n in stayed)
    assert any(0 < n < len(kept) for n, kept in zip(stayed, books, strict=True))
    assert any(len(top(kept)) == 1 for kept in books) and any(len(top(kept)) > 1 for kept in books)


@pytest.mark.parametrize("seed", range(40))
def test_the_effects_add_up(models: CompiledModels, seed: int) -> None:
    for am, row in computed(models, random_company(seed)).items():
        retention, tilt, upsell, frequency, ticket = (row[name] or 0.0 for name in EFFECTS)
        assert abs(retention + tilt + upsell - (row["upsell_rate"] or 0.0)) <= TOLERANCE, am
        assert abs(frequency + ticket - upsell) <= TOLERANCE, am


def test_the_order_of_the_rows_changes_nothing(models: CompiledModels) -> None:
    accounts = random_company(3)
    shuffled = random.Random(1).sample(accounts, len(accounts))
    assert computed(models, accounts) == computed(models, shuffled)
