"""The CRM as it stood at the end of the as-of date.

Takes the newest versions from load.py and undoes what happened later: later rows vanish, later decisions, closes and
qualifications are taken back. Adds the company date `<x>_on` beside each instant `<x>_at` that a metric cuts by.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace as Row

from pipelines.settings import Config
from tests.recomputation.deals import Deal, deals
from tests.recomputation.load import Deliveries, read_deliveries
from tests.recomputation.money import Rates
from tests.recomputation.people import Roles
from tests.recomputation.periods import Period, company_date, periods, utc_midnight


@dataclass
class Crm:
    """Everything the metrics read. Rows are those of the contract, plus `<x>_on` company dates."""

    config: Config
    as_of: date
    end: datetime  # UTC, the first instant that is after the as-of date
    delivered: set[str]
    names: dict[str, str]
    gone: set[str]  # inactive, or left by the end of the as-of date
    roles: Roles
    leads: dict[str, Row]
    activities: list[Row]
    handoffs: list[Row]
    deals: list[Deal]
    accounts: list[Row]
    merges: dict[str, str]  # account id -> what it was merged into, of deleted accounts too
    account_owners: list[Row]
    invoices: list[Row]
    sessions: list[Row]
    targets: list[Row]
    pay: list[Row]
    rates: Rates

    @property
    def periods(self) -> list[Period]:
        """From the first event or assignment to the open period."""
        first = min([*self.roles.starts, *self._event_dates()])
        return periods(first, self.as_of, self.config.fiscal_start_month)

    def _event_dates(self) -> list[date]:
        dates = [a.occurred_on for a in self.activities] + [h.sent_on for h in self.handoffs]
        dates += [d for lead in self.leads.values() for d in (lead.created_on, lead.qualified_on)]
        dates += [d for deal in self.deals for d in (deal.created_on, deal.accept_on, deal.close_on)]
        dates += [i.invoiced_on for i in self.invoices] + [s.held_on for s in self.sessions]
        return [d for d in dates if d is not None]


def read_crm(inbox: Path, config: Config, as_of: date | None = None) -> Crm:
    """The CRM at the end of `as_of` (default: the newest delivery's date)."""
    delivered = read_deliveries(inbox, config, as_of)
    undo = _Undo(delivered, config)
    handoffs = undo.handoffs()
    return Crm(
        config=config,
        as_of=delivered.as_of,
        end=undo.end,
        delivered=delivered.delivered,
        names={user.user_id: user.full_name for user in delivered.latest("users")},
        gone={user.user_id for user in delivered.latest("users") if _is_gone(user, delivered.as_of)},
        roles=Roles(delivered.latest("assignments"), delivered.as_of),
        leads={lead.lead_id: lead for lead in undo.leads()},
        activities=undo.rows_until_end("activities", "occurred"),
        handoffs=handoffs,
        deals=deals(delivered, handoffs, undo.end, config.company_time_zone),
        accounts=undo.rows_until_end("accounts", "created"),
        merges={a.account_id: a.merged_into_id for a in delivered.latest_with_deleted("accounts") if a.merged_into_id},
        account_owners=delivered.latest("account_owners"),
        invoices=[i for i in delivered.latest("invoices") if i.invoiced_on <= delivered.as_of],
        sessions=[s for s in delivered.latest("coaching_sessions") if s.held_on <= delivered.as_of],
        targets=delivered.latest("targets"),
        pay=delivered.latest("variable_pay"),
        rates=Rates(delivered.latest("fx_rates"), config.base_currency),
    )


def _is_gone(user: Row, as_of: date) -> bool:
    return user.is_active is False or (user.left_on is not None and user.left_on <= as_of)


class _Undo:
    """The present rows without what happened after the as-of date."""

    def __init__(self, delivered: Deliveries, config: Config) -> None:
        self.delivered = delivered
        self.time_zone = config.company_time_zone
        self.end = utc_midnight(delivered.as_of + timedelta(days=1), self.time_zone)

    def rows_until_end(self, entity: str, event: str) -> list[Row]:
        """Rows whose `<event>_at` lies before the end, with `<event>_on`."""
        rows = [row for row in self.delivered.latest(entity) if getattr(row, f"{event}_at") < self.end]
        for row in rows:
            setattr(row, f"{event}_on", company_date(getattr(row, f"{event}_at"), self.time_zone))
        return rows

    def leads(self) -> list[Row]:
        rows = self.rows_until_end("leads", "created")
        for lead in rows:
            if lead.qualified_at is not None and lead.qualified_at >= self.end:
                lead.qualified_at = None
            lead.qualified_on = company_date(lead.qualified_at, self.time_zone) if lead.qualified_at else None
        return rows

    def handoffs(self) -> list[Row]:
        rows = self.rows_until_end("handoffs", "sent")
        for handoff in rows:
            if handoff.decision is None or (handoff.decided_at is not None and handoff.decided_at >= self.end):
                handoff.decision = handoff.decided_at = None
        return rows
