"""What a deal's own history says: who owned it when, when it was accepted, when and by whom it was closed.

Facts of single deals only; counting them per period and person is ae.py's and sdr.py's work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile
from types import SimpleNamespace

from tests.recomputation.load import Deliveries, Version
from tests.recomputation.periods import company_date

Owners = Sequence[tuple[datetime, str]]  # (from when, who), oldest first; the first also owned it before


@dataclass(frozen=True)
class Deal:
    """One opportunity as of the as-of date. Closed means closed by then."""

    row: SimpleNamespace
    handoff: SimpleNamespace | None  # the accepted one that it came from
    history: Sequence[SimpleNamespace]  # oldest first
    owners: Owners
    is_closed: bool
    is_won: bool
    accept_at: datetime
    accept_ae: str
    close_at: datetime | None  # None: open, or closed without a known time
    owner_at_close: str | None
    created_on: date
    accept_on: date
    close_on: date | None

    @property
    def cycle_days(self) -> float | None:
        """Days from acceptance to close, fractional; negative if the CRM says so."""
        return (self.close_at - self.accept_at).total_seconds() / 86400 if self.close_at else None

    def is_won_within(self, days: int, since: datetime) -> bool:
        """Whether it was won at most so many times 24 hours after `since`."""
        return self.is_won and self.close_at is not None and self.close_at - since <= timedelta(days=days)


def deals(delivered: Deliveries, handoffs: list[SimpleNamespace], end: datetime, time_zone: str) -> list[Deal]:
    """All deals created before `end`; a close from `end` on is undone."""
    closed_stages = {
        version.row.stage
        for versions in delivered.versions["opportunities"].values()
        for version in versions
        if version.row.is_closed
    }
    history = defaultdict(list)
    for row in sorted(delivered.latest("opportunity_history"), key=lambda r: (r.changed_at, r.seq or "", r.stage)):
        history[row.opportunity_id].append(row)
    accepted = [handoff for handoff in handoffs if handoff.decision == "accepted"]
    return [
        _deal(
            row,
            delivered.versions["opportunities"][(row.opportunity_id,)],
            history[row.opportunity_id],
            _handoff_of(row, accepted),
            closed_stages,
            end,
            time_zone,
        )
        for row in delivered.latest("opportunities")
        if row.created_at < end
    ]


def _deal(
    row: SimpleNamespace,
    versions: list[Version],
    history: list[SimpleNamespace],
    handoff: SimpleNamespace | None,
    closed_stages: set[str],
    end: datetime,
    time_zone: str,
) -> Deal:
    owners = _owners(versions, history)
    close_at = (row.closed_at or _start_of_closed_run(history, closed_stages)) if row.is_closed else None
    is_closed = row.is_closed and (close_at is None or close_at < end)
    close_at = close_at if is_closed else None
    accept_at = (handoff and handoff.decided_at) or row.created_at
    return Deal(
        row=row,
        handoff=handoff,
        history=[step for step in history if step.changed_at < end],
        owners=owners,
        is_closed=is_closed,
        is_won=is_closed and row.is_won,
        accept_at=accept_at,
        accept_ae=handoff.ae_id if handoff else owner_at(owners, row.created_at),
        close_at=close_at,
        owner_at_close=_owner_at_close(owners, versions, history, close_at) if is_closed else None,
        created_on=company_date(row.created_at, time_zone),
        accept_on=company_date(accept_at, time_zone),
        close_on=company_date(close_at, time_zone) if close_at else None,
    )


def _handoff_of(deal: SimpleNamespace, accepted: Iterable[SimpleNamespace]) -> SimpleNamespace | None:
    """The accepted hand-off that names the deal, else one of its lead that names no deal; the earliest decided."""
    named = [h for h in accepted if h.opportunity_id == deal.opportunity_id]
    of_lead = [h for h in accepted if h.opportunity_id is None and h.lead_id == deal.lead_id]
    return min(named or of_lead, key=lambda h: (h.decided_at or datetime.max, h.handoff_id), default=None)


def owner_at(owners: Owners, moment: datetime) -> str:
    """Who owned the deal at `moment`; the first known owner before anybody is known."""
    known = [who for since, who in owners if since <= moment]
    return known[-1] if known else owners[0][1]


def _owners(versions: list[Version], history: list[SimpleNamespace]) -> Owners:
    """From the history, else from the delivered versions, each from its updated_at."""
    from_history = [(step.changed_at, step.owner_id) for step in history if step.owner_id]
    return from_history or [(version.row.updated_at, version.row.owner_id) for version in versions]


def _start_of_closed_run(history: list[SimpleNamespace], closed_stages: set[str]) -> datetime | None:
    """When the last unbroken run of closed stages began; None if the history does not end closed."""
    run = list(takewhile(lambda step: step.stage in closed_stages, reversed(history)))
    return run[-1].changed_at if run else None


def _owner_at_close(
    owners: Owners, versions: list[Version], history: list[SimpleNamespace], close_at: datetime | None
) -> str:
    if close_at is not None and any(step.owner_id for step in history):
        return owner_at(owners, close_at)
    run = list(takewhile(lambda version: version.row.is_closed, reversed(versions)))
    return run[-1].row.owner_id
