"""The fourteen entities of a CRM export: columns, types, keys.

The one schema that intake, the raw layer, the demo and the documentation share. Nothing here reads a file or knows
a CRM; how bytes become these columns is intake's work, what the columns mean for a metric is dbt's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Type(Enum):
    """A column's type as the contract speaks of it; `sql` is its type in DuckDB and in the raw Parquet files."""

    ID = "id"  # an id or a reference to one: gets the source's id_prefix
    TEXT = "text"
    TIMESTAMP = "timestamp"  # UTC, zone-less
    DATE = "date"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    RATE = "rate"

    @property
    def sql(self) -> str:
        return _SQL[self]


_SQL = {
    Type.ID: "VARCHAR",
    Type.TEXT: "VARCHAR",
    Type.TIMESTAMP: "TIMESTAMP",
    Type.DATE: "DATE",
    Type.BOOLEAN: "BOOLEAN",
    Type.INTEGER: "BIGINT",
    Type.NUMBER: "DOUBLE",
    Type.MONEY: "DECIMAL(18,2)",
    Type.RATE: "DECIMAL(18,8)",
}


@dataclass(frozen=True)
class Column:
    """One column of an entity. `allowed` closes the list of values; empty means any."""

    name: str
    type: Type
    required: bool = False
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entity:
    """One entity: its columns in canonical order and the key that is unique among its latest versions."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    description: str

    def __getitem__(self, column: str) -> Column:
        return next(c for c in self.columns if c.name == column)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def required_columns(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)

    @property
    def has_updated_at(self) -> bool:
        """Whether versions carry their own time; the others begin at `delivered_on`."""
        return "updated_at" in self.column_names


# What intake adds to every raw row, after the entity's own columns.
RAW_COLUMNS: tuple[tuple[str, str], ...] = (
    ("is_deleted", "BOOLEAN"),  # soft delete, optional in every entity, false when absent
    ("_source", "VARCHAR"),
    ("_delivered_on", "DATE"),
    ("_version", "BIGINT"),  # the manifest's version, 0 without one
    ("_is_full", "BOOLEAN"),
    ("_file_sha", "VARCHAR"),
    ("_line", "BIGINT"),  # record number in the file: 1 is the first row after the header
    ("_extra", "VARCHAR"),  # unknown columns of the delivery as a JSON object, NULL when none
)

# A night needs the first two, and at least one of the rest.
ALWAYS_NEEDED = ("users", "assignments")
ONE_OF_NEEDED = ("handoffs", "opportunities", "invoices")


def _columns(spec: str) -> tuple[Column, ...]:
    """Read `name:TYPE`, `name:TYPE*` (required), `name:TYPE(a|b)` (closed list), one per word."""
    columns = []
    for word in spec.split():
        name, _, kind = word.partition(":")
        required = kind.endswith("*")
        kind, _, allowed = kind.rstrip("*").partition("(")
        values = tuple(allowed.rstrip(")").split("|")) if allowed else ()
        columns.append(Column(name, Type[kind], required, values))
    return tuple(columns)


def _entity(name: str, key: str, spec: str, description: str) -> Entity:
    return Entity(name, tuple(key.split()), _columns(spec), description)


ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        _entity(
            "users",
            "user_id",
            "user_id:ID* full_name:TEXT* email:TEXT is_active:BOOLEAN hired_on:DATE left_on:DATE updated_at:TIMESTAMP*",
            "The people of the sales team.",
        ),
        _entity(
            "assignments",
            "user_id role valid_from",
            "user_id:ID* role:TEXT(SDR|AE|AM|manager)* valid_from:DATE* valid_to:DATE team:TEXT manager_id:ID "
            "updated_at:TIMESTAMP*",
            "Who held which role, in which team and under whom; valid_to is exclusive, empty means still.",
        ),
        _entity(
            "leads",
            "lead_id",
            "lead_id:ID* created_at:TIMESTAMP* sdr_id:ID source:TEXT segment:TEXT status:TEXT qualified_at:TIMESTAMP "
            "budget_confirmed:BOOLEAN authority_confirmed:BOOLEAN need_confirmed:BOOLEAN timing_confirmed:BOOLEAN "
            "updated_at:TIMESTAMP*",
            "Leads, when they were qualified and which criteria are confirmed.",
        ),
        _entity(
            "activities",
            "activity_id",
            "activity_id:ID* user_id:ID* kind:TEXT(call|email|meeting|other)* occurred_at:TIMESTAMP* "
            "is_completed:BOOLEAN outcome:TEXT duration_seconds:INTEGER lead_id:ID opportunity_id:ID account_id:ID "
            "updated_at:TIMESTAMP*",
            "Calls, mails, meetings and other touches.",
        ),
        _entity(
            "handoffs",
            "handoff_id",
            "handoff_id:ID* lead_id:ID* sdr_id:ID* ae_id:ID* sent_at:TIMESTAMP* decision:TEXT(accepted|rejected) "
            "decided_at:TIMESTAMP reject_reason:TEXT accept_reason:TEXT opportunity_id:ID updated_at:TIMESTAMP*",
            "A lead sent by an SDR to an AE, and what the AE decided; an empty decision is undecided.",
        ),
        _entity(
            "opportunities",
            "opportunity_id",
            "opportunity_id:ID* owner_id:ID* created_at:TIMESTAMP* stage:TEXT* is_closed:BOOLEAN* is_won:BOOLEAN* "
            "amount:MONEY currency:TEXT account_id:ID lead_id:ID expected_close_on:DATE closed_at:TIMESTAMP "
            "loss_reason:TEXT updated_at:TIMESTAMP*",
            "Deals and their owners.",
        ),
        _entity(
            "opportunity_history",
            "opportunity_id changed_at stage",
            "opportunity_id:ID* changed_at:TIMESTAMP* stage:TEXT* seq:TEXT owner_id:ID amount:MONEY "
            "expected_close_on:DATE",
            "Stage, owner and forecast changes of deals; seq orders the rows of one instant.",
        ),
        _entity(
            "accounts",
            "account_id",
            "account_id:ID* name:TEXT segment:TEXT created_at:TIMESTAMP* merged_into_id:ID updated_at:TIMESTAMP*",
            "Client accounts and where merged ones went.",
        ),
        _entity(
            "account_owners",
            "account_id am_id valid_from",
            "account_id:ID* am_id:ID* valid_from:DATE* valid_to:DATE updated_at:TIMESTAMP*",
            "Which AM owned an account; valid_to is exclusive, empty means still.",
        ),
        _entity(
            "invoices",
            "invoice_id",
            "invoice_id:ID* account_id:ID* invoiced_on:DATE* amount:MONEY* currency:TEXT* "
            "kind:TEXT(recurring|one_off|credit) updated_at:TIMESTAMP*",
            "What clients were charged; credit notes are negative.",
        ),
        _entity(
            "targets",
            "user_id month metric",
            "user_id:ID* month:DATE* metric:TEXT* target:NUMBER*",
            "A person's target for a month (its first day) and metric.",
        ),
        _entity(
            "coaching_sessions",
            "session_id",
            "session_id:ID* coach_id:ID* coachee_id:ID* held_on:DATE* minutes:INTEGER "
            "kind:TEXT(one_on_one|deal_review|shadowing|training) topic:TEXT notes_url:TEXT updated_at:TIMESTAMP*",
            "Coaching that was held, by whom and with whom.",
        ),
        _entity(
            "variable_pay",
            "user_id month",
            "user_id:ID* month:DATE* amount:MONEY* currency:TEXT* selling_days:NUMBER*",
            "Variable pay and days spent selling, per month.",
        ),
        _entity(
            "fx_rates",
            "currency rate_on",
            "currency:TEXT* rate_on:DATE* rate_to_base:RATE*",
            "What one unit of a currency is worth in the base currency; the newest on or before a date applies.",
        ),
    )
}
