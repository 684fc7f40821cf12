"""The world as rows of the fourteen entities: what a delivery made at a given moment would say.

Belongs here: which column says what, and as of when. Does not: files (write.py), spelling (columns.py).

A feed takes `since` and `until` (seconds since 1970) and yields tables of the rows written in between, each as it
stood just before `until`. The first delivery has `since` 0: everything so far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from pipelines.contract import ENTITIES
from pipelines.demo import coaching, stories
from pipelines.demo.clock import DAY, HOUR, NEVER, NO_DAY, Ints, latest
from pipelines.demo.columns import constant, dates, flags, ids, known_labels, labels, money, times
from pipelines.demo.deals import LOST, WON, last_change
from pipelines.demo.portfolio import CURRENCIES, INVOICE_KINDS
from pipelines.demo.touches import Chunk, chunks
from pipelines.demo.world import World

Feed = Callable[[World, int, int], Iterator[pa.Table]]
ROWS_PER_TABLE = 100_000
USER, LEAD, ACTIVITY, HANDOFF, DEAL, ACCOUNT, INVOICE, SESSION = "U", "L", "T", "H", "O", "C", "I", "S"
USER_DIGITS = 4
# Deals come from a part of the CRM that writes local time with its offset.
DEALS_OFFSET = 2
LEAD_STATUS = ("new", "working", "qualified", "disqualified", "converted")
CRITERIA = ("budget", "authority", "need", "timing")


def _users(people: Ints) -> pa.Array:
    return ids(USER, people, USER_DIGITS)


def _table(entity: str, columns: dict[str, pa.Array]) -> pa.Table:
    """The columns in the order of the contract, then those it does not name (is_deleted)."""
    order = [name for name in ENTITIES[entity].column_names if name in columns]
    return pa.table({name: columns[name] for name in [*order, *(name for name in columns if name not in order)]})


def _batches(changed: Ints, since: int, until: int) -> Iterator[Ints]:
    """Positions of the rows written in [since, until), in lots that keep memory small."""
    rows = np.flatnonzero((changed >= since) & (changed < until))
    for start in range(0, rows.size, ROWS_PER_TABLE):
        yield rows[start : start + ROWS_PER_TABLE]


def users(world: World, since: int, until: int) -> Iterator[pa.Table]:
    company = world.company
    begin = world.calendar.billing_start * DAY + 8 * HOUR
    hired = np.maximum(company.hired_on * DAY + 8 * HOUR, begin)
    left = np.where(company.left_on == NO_DAY, NEVER, company.left_on * DAY + 17 * HOUR)
    changed = latest(until, hired, left)
    for rows in _batches(changed, since, until):
        gone = left[rows] < until
        names = [company.names[row] for row in rows]
        yield _table(
            "users",
            {
                "user_id": _users(rows),
                "full_name": pa.array(names),
                "email": pa.array([f"user{row + 1}@example.com" for row in rows]),
                "is_active": flags(~gone),
                "hired_on": dates(company.hired_on[rows]),
                "left_on": dates(np.where(gone, company.left_on[rows], NO_DAY)),
                "updated_at": times(changed[rows], until),
            },
        )


def assignments(world: World, since: int, until: int) -> Iterator[pa.Table]:
    spells = world.company.spells
    start = np.array([spell.start for spell in spells])
    stop = np.array([spell.stop for spell in spells])
    begun = start * DAY + 8 * HOUR
    notice = np.maximum((stop - stories.NOTICE_DAYS) * DAY + 9 * HOUR, begun)
    notice = np.where(stop == NO_DAY, NEVER, notice)
    changed = latest(until, begun, notice)
    for rows in _batches(changed, since, until):
        chosen = [spells[row] for row in rows]
        yield _table(
            "assignments",
            {
                "user_id": _users(np.array([spell.user for spell in chosen])),
                "role": pa.array([spell.role for spell in chosen]),
                "valid_from": dates(start[rows]),
                "valid_to": dates(np.where(notice[rows] < until, stop[rows], NO_DAY)),
                "team": pa.array([spell.team for spell in chosen]),
                "manager_id": _users(np.array([spell.manager for spell in chosen])),
                "updated_at": times(changed[rows], until),
            },
        )


def leads(world: World, since: int, until: int) -> Iterator[pa.Table]:
    made = world.leads
    steps = (made.created, made.working, made.qualified, made.dropped, world.converted)
    changed = latest(until, *steps, made.deleted)
    for rows in _batches(changed, since, until):
        status = np.zeros(rows.size, dtype=np.int64)
        for code, step in enumerate(steps):
            status = np.where(step[rows] < until, code, status)
        qualified = made.qualified[rows] < until
        yield _table(
            "leads",
            {
                "lead_id": ids(LEAD, rows),
                "created_at": times(made.created[rows], until),
                "sdr_id": _users(made.sdr[rows]),
                "source": labels(list(stories.LEAD_SOURCES), made.source[rows]),
                "segment": labels(list(stories.SEGMENTS), made.segment[rows]),
                "status": labels(LEAD_STATUS, status),
                "qualified_at": times(made.qualified[rows], until),
                **{
                    f"{name}_confirmed": flags(made.criteria[rows, column], qualified)
                    for column, name in enumerate(CRITERIA)
                },
                "updated_at": times(changed[rows], until),
                "is_deleted": flags(made.deleted[rows] < until),
            },
        )


def activities(world: World, since: int, until: int) -> Iterator[pa.Table]:
    for chunk in chunks(world.touches, since, until):
        changed = latest(until, chunk.recorded, chunk.amended, chunk.deleted)
        for rows in _batches(changed, since, until):
            yield _activities(chunk, rows, changed[rows], until)


def _activities(chunk: Chunk, rows: Ints, changed: Ints, until: int) -> pa.Table:
    # An amended activity had no outcome before.
    with_outcome = (chunk.amended[rows] == NEVER) | (chunk.amended[rows] < until)
    outcomes = [outcome for kind in stories.KINDS for outcome in stories.OUTCOMES[kind]]
    completed = chunk.completed[rows]
    return _table(
        "activities",
        {
            "activity_id": ids(ACTIVITY, chunk.number + rows, 9),
            "user_id": _users(chunk.user[rows]),
            "kind": labels(stories.KINDS, chunk.kind[rows]),
            "occurred_at": times(chunk.occurred[rows], until),
            "is_completed": flags(completed == 1, completed >= 0),
            "outcome": known_labels(outcomes, 4 * chunk.kind[rows] + chunk.outcome[rows], with_outcome),
            "duration_seconds": pa.array(chunk.seconds[rows], mask=chunk.seconds[rows] < 0),
            "lead_id": ids(LEAD, chunk.lead[rows]),
            "opportunity_id": ids(DEAL, chunk.deal[rows]),
            "account_id": ids(ACCOUNT, chunk.account[rows]),
            "updated_at": times(changed, until),
            "is_deleted": flags(chunk.deleted[rows] < until),
        },
    )


def handoffs(world: World, since: int, until: int) -> Iterator[pa.Table]:
    made = world.handoffs
    deal_of = np.full(made.size, -1)
    linked = world.deals.handoff >= 0
    deal_of[world.deals.handoff[linked]] = np.flatnonzero(linked)
    changed = latest(until, made.sent, made.decided)
    for rows in _batches(changed, since, until):
        decided = made.decided[rows] < until
        yield _table(
            "handoffs",
            {
                "handoff_id": ids(HANDOFF, rows),
                "lead_id": ids(LEAD, np.where(made.lead[rows] < 0, 9_000_000 + rows, made.lead[rows])),
                "sdr_id": _users(made.sdr[rows]),
                "ae_id": _users(made.ae[rows]),
                "sent_at": times(made.sent[rows], until),
                "decision": known_labels(("rejected", "accepted"), made.accepted[rows].astype(np.int64), decided),
                "decided_at": times(made.decided[rows], until),
                "reject_reason": known_labels(stories.REJECT_REASONS, made.reject_reason[rows], decided),
                "accept_reason": known_labels(stories.ACCEPT_REASONS, made.accept_reason[rows], decided),
                "opportunity_id": ids(DEAL, np.where(decided, deal_of[rows], -1)),
                "updated_at": times(changed[rows], until),
            },
        )


def opportunities(world: World, since: int, until: int) -> Iterator[pa.Table]:
    made, history = world.deals, world.deals.history
    last = last_change(history, made.size, until)
    changed = np.where(last >= 0, history.changed[last], -1)
    for rows in _batches(changed, since, until):
        now = last[rows]
        stage = history.stage[now]
        closed = (stage == WON) | (stage == LOST)
        yield _table(
            "opportunities",
            {
                "opportunity_id": ids(DEAL, rows),
                "owner_id": _owner(world, history.owner[now]),
                "created_at": times(made.created[rows], until, DEALS_OFFSET),
                "stage": labels(stories.STAGES, stage),
                "is_closed": flags(closed),
                "is_won": flags(stage == WON),
                "amount": money(history.cents[now]),
                "currency": _deal_currency(world, rows),
                "account_id": ids(ACCOUNT, world.portfolio.old_clients + rows),
                "lead_id": ids(LEAD, made.lead[rows]),
                "expected_close_on": dates(history.expected_on[now]),
                "closed_at": times(
                    np.where(closed & ~made.close_time_missing[rows], changed[rows], NEVER), until, DEALS_OFFSET
                ),
                "loss_reason": known_labels(stories.LOSS_REASONS, made.loss_reason[rows], stage == LOST),
                "updated_at": times(changed[rows], until, DEALS_OFFSET),
            },
        )


def _deal_currency(world: World, deals: Ints) -> pa.Array:
    return labels(CURRENCIES, world.portfolio.accounts.currency[world.portfolio.old_clients + deals])


def _owner(world: World, owner: Ints) -> pa.Array:
    """Owners; the one nobody knows has a number far from the others."""
    return _users(np.where(owner == world.company.unknown_user, 9_998, owner))


def opportunity_history(world: World, since: int, until: int) -> Iterator[pa.Table]:
    history = world.deals.history
    for rows in _batches(history.changed, since, until):
        yield _table(
            "opportunity_history",
            {
                "opportunity_id": ids(DEAL, history.deal[rows]),
                "changed_at": times(history.changed[rows], until, DEALS_OFFSET),
                "stage": labels(stories.STAGES, history.stage[rows]),
                "seq": ids("", history.seq[rows] - 1, 2),
                "owner_id": _owner(world, history.owner[rows]),
                "amount": money(history.cents[rows]),
                "expected_close_on": dates(history.expected_on[rows]),
            },
        )


def accounts(world: World, since: int, until: int) -> Iterator[pa.Table]:
    made = world.portfolio.accounts
    changed = latest(until, made.created, made.merged)
    for rows in _batches(changed, since, until):
        merged = np.where(made.merged[rows] < until, made.merged_into[rows], -1)
        yield _table(
            "accounts",
            {
                "account_id": ids(ACCOUNT, rows),
                "name": pa.array([f"Client {row + 1:,} GmbH & Co." for row in rows]),
                "segment": labels(list(stories.SEGMENTS), made.segment[rows]),
                "created_at": times(made.created[rows], until),
                "merged_into_id": ids(ACCOUNT, merged),
                "updated_at": times(changed[rows], until),
            },
        )


def account_owners(world: World, since: int, until: int) -> Iterator[pa.Table]:
    made = world.portfolio.owners
    changed = latest(until, made.recorded, made.ended)
    for rows in _batches(changed, since, until):
        yield _table(
            "account_owners",
            {
                "account_id": ids(ACCOUNT, made.account[rows]),
                "am_id": _users(made.user[rows]),
                "valid_from": dates(made.start[rows]),
                "valid_to": dates(np.where(made.ended[rows] < until, made.stop[rows], NO_DAY)),
                "updated_at": times(changed[rows], until),
            },
        )


def invoices(world: World, since: int, until: int) -> Iterator[pa.Table]:
    made = world.portfolio.invoices
    changed = latest(until, made.recorded, made.deleted)
    for rows in _batches(changed, since, until):
        yield _table(
            "invoices",
            {
                "invoice_id": ids(INVOICE, rows),
                "account_id": ids(ACCOUNT, made.account[rows]),
                "invoiced_on": dates(made.day[rows]),
                "amount": money(made.cents[rows]),
                "currency": labels(CURRENCIES, made.currency[rows]),
                "kind": labels(INVOICE_KINDS, made.kind[rows]),
                "updated_at": times(changed[rows], until),
                "is_deleted": flags(made.deleted[rows] < until),
            },
        )


def targets(world: World, since: int, until: int) -> Iterator[pa.Table]:
    made = world.targets
    for rows in _batches(made.known, since, until):
        yield _table(
            "targets",
            {
                "user_id": _users(made.user[rows]),
                "month": dates(made.month[rows]),
                "metric": labels(list(coaching.TARGET_METRICS.values()), made.metric[rows]),
                "target": pa.array(made.value[rows]),
            },
        )


def coaching_sessions(world: World, since: int, until: int) -> Iterator[pa.Table]:
    made = world.sessions
    for rows in _batches(made.recorded, since, until):
        yield _table(
            "coaching_sessions",
            {
                "session_id": ids(SESSION, rows),
                "coach_id": _users(made.coach[rows]),
                "coachee_id": _users(made.coachee[rows]),
                "held_on": dates(made.day[rows]),
                "minutes": pa.array(made.minutes[rows]),
                "kind": labels(coaching.KINDS, made.kind[rows]),
                "topic": labels(coaching.TOPICS, made.topic[rows]),
                "notes_url": pa.array([f"https://notes.example.com/{row + 1}" for row in rows]),
                "updated_at": times(made.recorded[rows], until),
            },
        )


def variable_pay(world: World, since: int, until: int) -> Iterator[pa.Table]:
    made = world.pay
    for rows in _batches(made.known, since, until):
        yield _table(
            "variable_pay",
            {
                "user_id": _users(made.user[rows]),
                "month": dates(made.month[rows]),
                "amount": money(np.rint(made.value[rows] * 100).astype(np.int64)),
                "currency": constant("EUR", rows.size),
                "selling_days": pa.array(made.selling_days[rows]),
            },
        )


def fx_rates(world: World, since: int, until: int) -> Iterator[pa.Table]:
    currencies = list(stories.FIRST_RATES)
    day, currency = (grid.ravel() for grid in np.meshgrid(world.rate_days, np.arange(len(currencies)), indexing="ij"))
    for rows in _batches(day * DAY + 5 * HOUR, since, until):
        yield _table(
            "fx_rates",
            {
                "currency": labels(currencies, currency[rows]),
                "rate_on": dates(day[rows]),
                "rate_to_base": pa.array(world.rates.ravel()[rows]),
            },
        )


FEEDS: dict[str, Feed] = {
    feed.__name__: feed
    for feed in (
        users,
        assignments,
        leads,
        activities,
        handoffs,
        opportunities,
        opportunity_history,
        accounts,
        account_owners,
        invoices,
        targets,
        coaching_sessions,
        variable_pay,
        fx_rates,
    )
}


def is_quoted(entity: str) -> bool:
    """Whether the entity's texts may hold a comma or a quote."""
    return entity in ("users", "accounts", "coaching_sessions")
