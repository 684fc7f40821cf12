"""What the gate knows about the entities beyond their contract: what refers to what, which column dates a row, which
ones hold categories. How any of it is measured is measures.py's work.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """A column of an entity that names a row of another one, which has a key of one column."""

    entity: str
    column: str
    parent: str
    parent_key: str

    @property
    def to_person(self) -> bool:
        return self.parent == "users"

    @property
    def measure(self) -> str:
        return f"orphans_{self.column}"


def _references(spec: str) -> tuple[Reference, ...]:
    """Read `entity.column>parent.key`, one per word."""
    references = []
    for word in spec.split():
        child, _, parent = word.partition(">")
        references.append(Reference(*child.split("."), *parent.split(".")))
    return tuple(references)


REFERENCES = _references(
    "assignments.user_id>users.user_id leads.sdr_id>users.user_id activities.user_id>users.user_id "
    "activities.lead_id>leads.lead_id activities.opportunity_id>opportunities.opportunity_id "
    "activities.account_id>accounts.account_id handoffs.sdr_id>users.user_id handoffs.ae_id>users.user_id "
    "handoffs.lead_id>leads.lead_id handoffs.opportunity_id>opportunities.opportunity_id "
    "opportunities.owner_id>users.user_id opportunities.account_id>accounts.account_id "
    "opportunities.lead_id>leads.lead_id opportunity_history.opportunity_id>opportunities.opportunity_id "
    "opportunity_history.owner_id>users.user_id account_owners.account_id>accounts.account_id "
    "account_owners.am_id>users.user_id invoices.account_id>accounts.account_id targets.user_id>users.user_id "
    "coaching_sessions.coach_id>users.user_id coaching_sessions.coachee_id>users.user_id "
    "variable_pay.user_id>users.user_id"
)

# The column that says when a row's event happened. Opportunity history, targets and pay may lie after D.
EVENT_COLUMNS = {
    "leads": "created_at",
    "activities": "occurred_at",
    "handoffs": "sent_at",
    "opportunities": "created_at",
    "accounts": "created_at",
    "invoices": "invoiced_on",
    "coaching_sessions": "held_on",
}

CATEGORIES = {
    "assignments": ("role",),
    "leads": ("source", "segment", "status"),
    "activities": ("kind",),
    "handoffs": ("decision",),
    "opportunities": ("stage", "currency"),
    "accounts": ("segment",),
    "invoices": ("kind", "currency"),
}

# Events keep the person who did them; leads, deals and accounts change hands when somebody leaves.
DOERS = {"activities": "user_id", "handoffs": "ae_id"}

# Entities with money in a currency.
MONEY = ("opportunities", "invoices")
