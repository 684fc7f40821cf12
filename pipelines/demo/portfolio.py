"""Clients: who owns them, what they are charged month by month, who leaves, returns and merges.

Belongs here: accounts, their owners, invoices and exchange rates. Does not: how a client was won (deals.py).
Amounts are cents of the client's currency. The months are lived through one after the other, all clients at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pipelines.demo import stories
from pipelines.demo.clock import DAY, HOUR, NEVER, NO_DAY, Bools, Calendar, Floats, Ints, days_of, moments, next_month
from pipelines.demo.company import Company, in_role_all_month
from pipelines.demo.deals import Deals
from pipelines.demo.funnel import odd_count, shares

RECURRING, ONE_OFF, CREDIT = 0, 1, 2
INVOICE_KINDS = ("recurring", "one_off", "credit")
NO_ONE = -1
# A currency that no rate is delivered for.
CURRENCIES = (*stories.CURRENCIES, "NOK")


@dataclass(frozen=True)
class Accounts:
    """One entry per account, by number: clients of old first, then one per deal."""

    created: Ints
    segment: Ints
    currency: Ints
    merged_into: Ints  # account, -1 for none
    merged: Ints  # when

    @property
    def size(self) -> int:
        return self.created.size


@dataclass(frozen=True)
class Owners:
    """One entry per account and owner; days, `stop` exclusive; recorded at the two moments."""

    account: Ints
    user: Ints
    start: Ints
    stop: Ints
    recorded: Ints
    ended: Ints


@dataclass(frozen=True)
class Invoices:
    """One entry per invoice, by day."""

    account: Ints
    day: Ints
    cents: Ints
    kind: Ints
    currency: Ints
    recorded: Ints
    deleted: Ints

    @property
    def size(self) -> int:
        return self.account.size


@dataclass(frozen=True)
class Portfolio:
    accounts: Accounts
    owners: Owners
    invoices: Invoices
    old_clients: int  # accounts that no deal of the history made


@dataclass
class _Clients:
    """The state of every account while the months pass."""

    monthly: Ints  # cents of a recurring invoice
    from_day: Ints  # first day that may be invoiced, NO_DAY: never a client
    billing_day: Ints  # of the month, 0 to 27
    owned_from: Ints
    seller: Ints  # AE, -1 for clients of old
    currency: Ints
    active: Bools
    lost: Bools
    owner: Ints
    merged_into: Ints
    merged: Ints
    hand_overs: list[tuple[Ints, Ints, Ints]] = field(default_factory=list)  # account, user, day
    invoices: list[tuple[Ints, Ints, Ints, Ints]] = field(default_factory=list)  # account, day, cents, kind


def make_portfolio(
    company: Company, calendar: Calendar, deals: Deals, handoffs: int, rng: np.random.Generator
) -> Portfolio:
    """Accounts for `handoffs * CLIENTS_PER_HANDOFF` clients of old and for every deal, and all that follows."""
    old = max(10, int(handoffs * stories.CLIENTS_PER_HANDOFF))
    count = old + deals.size
    segment = np.concatenate([rng.choice(len(stories.SEGMENTS), old, p=shares(stories.SEGMENTS)), deals.segment])
    weights = np.array(list(stories.CURRENCIES.values()))
    currency = rng.choice(weights.size, count, p=weights / weights.sum())
    clients = _clients(calendar, deals, old, segment, currency, rng)
    top_from = np.quantile(clients.monthly[:old], 1 - stories.TOP_SHARE)
    for first in calendar.month_starts(calendar.billing_start):
        _live_through(company, calendar, clients, int(first), float(top_from), rng)
    age = rng.integers(30, 900, old)
    created = np.concatenate([(calendar.billing_start - np.sort(age)[::-1]) * DAY + 9 * HOUR, deals.created])
    accounts = Accounts(created, segment, currency, clients.merged_into, clients.merged)
    return Portfolio(accounts, _owners(calendar, clients, rng), _invoices(calendar, clients, rng), old)


def _clients(
    calendar: Calendar, deals: Deals, old: int, segment: Ints, currency: Ints, rng: np.random.Generator
) -> _Clients:
    count = segment.size
    usual = np.array([value for _, value in stories.SEGMENTS.values()])[segment[:old]]
    monthly = np.rint(usual * np.exp(0.35 * np.clip(rng.standard_normal(old), -2, 2)) / 10).astype(np.int64) * 1_000
    won = deals.won < calendar.end * DAY
    won_on = np.where(won, days_of(deals.won), NO_DAY)
    start = np.where(won, won_on + rng.integers(5, 20, deals.size), NO_DAY)
    handed_over = np.where(
        won, calendar.after(np.minimum(won_on, calendar.end), rng.integers(1, 14, deals.size)), NO_DAY
    )
    begin = np.full(old, calendar.billing_start)
    owned_from = np.concatenate([begin, handed_over])
    owned_from[rng.random(count) < stories.UNOWNED] = NO_DAY
    nobody = np.full(count, NO_ONE)
    return _Clients(
        monthly=np.concatenate([monthly, np.rint(deals.cents / 12_000).astype(np.int64) * 1_000]),
        from_day=np.concatenate([begin, start]),
        billing_day=rng.integers(0, 28, count),
        owned_from=owned_from,
        seller=np.concatenate([np.full(old, NO_ONE), deals.seller]),
        currency=currency,
        active=np.zeros(count, dtype=bool),
        lost=np.zeros(count, dtype=bool),
        owner=nobody.copy(),
        merged_into=nobody.copy(),
        merged=np.full(count, NEVER),
    )


def _live_through(
    company: Company, calendar: Calendar, clients: _Clients, first: int, top_from: float, rng: np.random.Generator
) -> None:
    """One month: hands change first, then clients come, go, grow and merge, then they are invoiced."""
    _hand_over(company, clients, first, rng)
    begins = (clients.from_day < next_month(first)) & ~clients.active & ~clients.lost & (clients.merged_into < 0)
    clients.active |= begins
    top = clients.monthly >= top_from
    _leave_and_return(company, clients, first, top, begins, rng)
    _grow(company, clients, top, begins, rng)
    _merge(calendar, clients, first, rng)
    _charge(clients, first, rng)


def _hand_over(company: Company, clients: _Clients, first: int, rng: np.random.Generator) -> None:
    """Clients of AMs who left are taken over, new AMs get their share, a few clients change hands for no reason."""
    able = in_role_all_month(company, "AM", first)
    if able.size == 0:
        return
    owned = np.flatnonzero(clients.owner >= 0)
    owner = clients.owner[owned]
    chance = rng.random(owned.size)
    orphaned = ~np.isin(owner, able)
    takes = np.where(orphaned | (chance < stories.TRANSFERRED), able[rng.integers(0, able.size, owned.size)], owner)
    for new in able[~np.isin(able, np.unique(owner))]:
        takes = np.where(rng.random(owned.size) < 1 / able.size, new, takes)
    moved = takes != owner
    _record(clients, owned[moved], takes[moved], np.full(int(moved.sum()), first))
    arriving = np.flatnonzero((clients.owner < 0) & (clients.owned_from < next_month(first)))
    _record(
        clients,
        arriving,
        able[rng.integers(0, able.size, arriving.size)],
        np.maximum(clients.owned_from[arriving], first),
    )


def _record(clients: _Clients, accounts: Ints, users: Ints, days: Ints) -> None:
    clients.owner[accounts] = users
    clients.hand_overs.append((accounts, users, days))


def _by_owner(company: Company, clients: _Clients, small: str, top_trait: str, top: Bools) -> Floats:
    """The owner's trait for a client of its size; the mean where nobody owns it (spread's last entry)."""
    return np.asarray(np.where(top, company.spread(top_trait)[clients.owner], company.spread(small)[clients.owner]))


def _leave_and_return(
    company: Company, clients: _Clients, first: int, top: Bools, begins: Bools, rng: np.random.Generator
) -> None:
    chance = _by_owner(company, clients, "churn_small", "churn_top", top)
    months = (first - clients.from_day) / 30.4
    early = (months < stories.EARLY_MONTHS) & (clients.seller >= 0)
    hasty = stories.EARLY_CHURN * company.spread("overpromises")[clients.seller]
    chance = chance * np.where(early, hasty, 1)
    leaves = clients.active & ~begins & (rng.random(chance.size) < chance)
    returns = clients.lost & (rng.random(chance.size) < stories.REACTIVATED)
    clients.active = (clients.active & ~leaves) | returns
    clients.lost = (clients.lost | leaves) & ~returns


def _grow(company: Company, clients: _Clients, top: Bools, begins: Bools, rng: np.random.Generator) -> None:
    chance = _by_owner(company, clients, "upgrade_small", "upgrade_top", top)
    draw = rng.random(chance.size)
    step = rng.uniform(0.08, 0.3, chance.size)
    factor = np.where(draw < chance, 1 + step, np.where(draw > 1 - stories.DOWNGRADES, 1 - step, 1))
    grown = np.rint(clients.monthly * factor / 1_000).astype(np.int64) * 1_000
    clients.monthly = np.where(clients.active & ~begins, np.maximum(grown, 5_000), clients.monthly)


def _merge(calendar: Calendar, clients: _Clients, first: int, rng: np.random.Generator) -> None:
    """A few duplicate accounts go into an older one of the same owner and currency, which is charged for both."""
    chance = rng.random(clients.active.size)
    for loser in np.flatnonzero(clients.active & (clients.owner >= 0) & (chance < stories.MERGED)):
        older = clients.active[:loser] & (clients.owner[:loser] == clients.owner[loser])
        candidates = np.flatnonzero(older & (clients.currency[:loser] == clients.currency[loser]))
        if candidates.size == 0:
            continue
        survivor = candidates[rng.integers(0, candidates.size)]
        clients.monthly[survivor] += clients.monthly[loser]
        clients.active[loser] = False
        clients.merged_into[loser] = survivor
        clients.merged[loser] = moments(rng, calendar.after(np.array([first + 9]), 0))[0]


def _charge(clients: _Clients, first: int, rng: np.random.Generator) -> None:
    """The month's invoices: recurring on the billing day, now and then something extra or a credit note."""
    account = np.flatnonzero(clients.active)
    day = first + clients.billing_day[account]
    charged = day >= clients.from_day[account]
    account, day = account[charged], day[charged]
    monthly = clients.monthly[account]
    clients.invoices.append((account, day, monthly, np.full(account.size, RECURRING)))
    last = next_month(first) - 1
    for kind, chance, share in ((ONE_OFF, stories.ONE_OFFS, (0.2, 1.5)), (CREDIT, stories.CREDITS, (-0.9, -0.2))):
        extra = rng.random(account.size) < chance
        cents = np.rint(monthly[extra] * rng.uniform(*share, int(extra.sum()))).astype(np.int64)
        later = np.minimum(day[extra] + rng.integers(1, 10, cents.size), last)
        clients.invoices.append((account[extra], later, cents, np.full(cents.size, kind)))


def _owners(calendar: Calendar, clients: _Clients, rng: np.random.Generator) -> Owners:
    account, user, start = (np.concatenate(parts) for parts in zip(*clients.hand_overs, strict=True))
    order = np.lexsort((start, account))
    account, user, start = account[order], user[order], start[order]
    recorded = moments(rng, calendar.after(start, 0), 7, 9)
    followed = np.append(account[1:] == account[:-1], False)
    stop = np.where(followed, np.append(start[1:], NO_DAY), NO_DAY)
    ended = np.where(followed, np.append(recorded[1:], NEVER), NEVER)
    return Owners(account, user, start, stop, recorded, ended)


def _invoices(calendar: Calendar, clients: _Clients, rng: np.random.Generator) -> Invoices:
    account, day, cents, kind = (np.concatenate(parts) for parts in zip(*clients.invoices, strict=True))
    order = np.lexsort((account, day))
    order = order[day[order] < calendar.end]
    account, day, cents, kind = account[order], day[order], cents[order], kind[order]
    late = np.where(rng.random(day.size) < stories.LATE_INVOICES, rng.integers(1, 4, day.size), 0)
    recorded = moments(rng, day + late, 5, 6)
    wrong = (rng.random(day.size) < stories.DELETED_INVOICES) & (late == 0)
    deleted = np.where(wrong, recorded + rng.integers(HOUR, 2 * DAY, day.size), NEVER)
    odd = rng.choice(np.flatnonzero(kind == ONE_OFF), odd_count(day.size), replace=False)
    currency = clients.currency[account]
    currency[odd], cents[odd] = len(CURRENCIES) - 1, 12_000
    return Invoices(account, day, cents, kind, currency, recorded, deleted)


def make_rates(calendar: Calendar, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Days of new exchange rates, and the rates to EUR: shape (days, currencies of FIRST_RATES)."""
    days = calendar.month_starts(calendar.billing_start)
    first = np.array(list(stories.FIRST_RATES.values()))
    steps = np.clip(rng.standard_normal((days.size, first.size)), -2, 2) * stories.RATE_STEP
    return days, np.asarray(np.round(first * np.cumprod(1 + steps, axis=0), 4))
