"""The published tables as the gate expects them: columns in order, and of which kind. Written from the column
dictionary of the release and not read from dbt, so that a contract changed by mistake is noticed.

How a figure is made belongs to dbt; which rules follow from a kind, to suites/border_out.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "key",  # part of the grain, never empty
    "filled",  # never empty
    "free",  # may be empty, any value
    "count",  # never empty once its entities were delivered, not negative
    "signed",  # never empty once its entities were delivered, any sign
    "share",  # 0 to 1, or empty
    "positive",  # not negative, or empty
    "number",  # any finite number, or empty
]


@dataclass(frozen=True)
class Column:
    """A published column; `needs` are the entities without which it is empty."""

    name: str
    kind: Kind
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A published table. `needs_any`: without all of these it is empty. `sets`: columns with a closed list of values.

    `has_rows` is SQL that is true when the staged side says that the table must hold rows.
    """

    name: str
    columns: tuple[Column, ...]
    needs_any: tuple[str, ...] = ()
    sets: tuple[tuple[str, tuple[str, ...]], ...] = ()
    has_rows: str = "true"

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.kind == "key")

    def needs(self, *columns: str) -> tuple[str, ...]:
        """The entities without which one of the columns is empty."""
        needed = [entity for column in self.columns if column.name in columns for entity in column.needs]
        return tuple(dict.fromkeys(needed))

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def _columns(spec: str) -> tuple[Column, ...]:
    """Read `name:kind` and `name:kind@entity+entity`, one per word."""
    columns = []
    for word in spec.split():
        name, _, rest = word.partition(":")
        kind, _, needs = rest.partition("@")
        columns.append(Column(name, kind, tuple(needs.split("+")) if needs else ()))  # type: ignore[arg-type]
    return tuple(columns)


def _held(role: str) -> str:
    """SQL that is true when somebody held a role on a day up to D."""
    return (
        "exists (select 1 from staging.stg_assignments cross join night.context "
        f"where role = '{role}' and valid_from <= as_of and valid_from < coalesce(valid_to, date '9999-12-31'))"
    )


_PERIOD = "period_type:key period_start:key period_end:filled is_complete:filled"
_PERSON = (
    "full_name:filled team:free manager_id:free manager_name:free in_role_at_end:filled days_in_role:count "
    "tenure_days:positive"
)
_RANK = "rank:positive ranked_count:count is_ranked:filled not_ranked_reason:free previous_rank:positive"
_TAIL = "release_id:filled updated_at:filled"

PERIOD_TYPES = ("period_type", ("month", "quarter", "year"))
# Of the reasons in the column dictionary, those that this release can give.
REASONS = (
    "not_ranked_reason",
    ("no_assignment", "not_in_role_at_end", "below_min_tenure", "below_min_n"),
)
BRIDGE_LINES = (
    "expansion",
    "contraction",
    "churn",
    "unchanged",
    "inactive",
    "new",
    "reactivated",
    "transfer_in",
    "transfer_out",
)

SDR_RANKING = Table(
    "sdr_ranking",
    _columns(
        f"{_PERIOD} sdr_id:key {_PERSON} "
        "calls:count@activities touches:count@activities leads_worked:count@activities qualified_leads:count@leads "
        "leads_sent:count@handoffs strictly_qualified_sent:count@handoffs+leads accepted:count@handoffs "
        "rejected:count@handoffs pending:count@handoffs overdue:count@handoffs won:count@handoffs+opportunities "
        "months_in_role:positive lead_velocity:positive lead_velocity_growth:number qualified_lead_rate:share "
        "qualification_efficiency:positive calls_per_qualified_lead:positive due_leads:count@handoffs "
        "acceptance_rate:share handoffs_decided:count@handoffs median_hours_to_decision:number "
        f"sessions_received:count@coaching_sessions {_RANK} {_TAIL}"
    ),
    ("activities", "leads", "handoffs"),
    (PERIOD_TYPES, REASONS),
    f"{_held('SDR')} or exists (select 1 from staging.stg_handoffs)"
    " or exists (select 1 from staging.stg_leads where qualified_on is not null)",
)

AE_RANKING = Table(
    "ae_ranking",
    _columns(
        f"{_PERIOD} ae_id:key {_PERSON} "
        "offered:count@handoffs accepted:count@handoffs rejected:count@handoffs undecided:count@handoffs "
        "deals_worked:count@opportunities deals_won:count@opportunities deals_lost:count@opportunities "
        "deals_without_close_time:count@opportunities won_amount:signed@opportunities "
        "unconverted_deals:count@opportunities close_rate_worked:share close_rate_decided:share "
        "close_horizon_days:count cohort_start:filled cohort_end:filled cohort_deals:count@opportunities "
        "cohort_won:count@opportunities close_rate:share median_cycle_days:number average_deal:number "
        f"sessions_received:count@coaching_sessions {_RANK} {_TAIL}"
    ),
    ("handoffs", "opportunities"),
    (PERIOD_TYPES, REASONS),
    f"{_held('AE')} or exists (select 1 from staging.stg_handoffs) or exists (select 1 from staging.stg_opportunities)",
)

AM_RANKING = Table(
    "am_ranking",
    _columns(
        f"{_PERIOD} am_id:key {_PERSON} "
        "accounts_opening:count@invoices accounts_closing:count@invoices opening:count@invoices "
        "expansion:count@invoices contraction:count@invoices churn:count@invoices new:count@invoices "
        "reactivated:count@invoices transfer_in:count@invoices transfer_out:count@invoices fx:signed@invoices "
        "closing:count@invoices unconverted_invoices:count@invoices kept_accounts:count@invoices "
        "retained_accounts:count@invoices kept_opening:count@invoices kept_closing:count@invoices "
        "kept_capped:count@invoices portfolio_growth:number upsell_rate:number nrr:positive grr:share "
        f"logo_retention:share sessions_received:count@coaching_sessions {_RANK} {_TAIL}"
    ),
    ("invoices",),
    (PERIOD_TYPES, REASONS),
    "exists (select 1 from staging.stg_invoices)",
)

PORTFOLIO_BRIDGE = Table(
    "portfolio_bridge",
    _columns(
        f"{_PERIOD} am_id:key full_name:filled team:free account_id:key account_segment:free in_opening:filled "
        "in_closing:filled r0:count r1:count r1c:count line:filled line_amount:signed fx:signed is_kept:filled "
        f"is_top:filled purchases_0:count purchases_1:count other_am_id:free {_TAIL}"
    ),
    ("invoices",),
    (PERIOD_TYPES, ("line", BRIDGE_LINES)),
    "exists (select 1 from staging.stg_invoices)",
)

METRIC_DICTIONARY = Table(
    "metric_dictionary",
    _columns(
        "role:key metric:key label:filled label_ru:free kind:filled direction:filled unit:filled is_additive:filled "
        "is_ranked:filled is_primary:filled weight:positive min_n:positive min_tenure_days:positive "
        "numerator_column:free denominator_column:free needs:free definition:filled definition_ru:free formula:filled "
        f"source:filled caveat:free counter_metric:free definition_version:count {_TAIL}"
    ),
    sets=(
        ("role", ("SDR", "AE", "AM")),
        ("kind", ("proportion", "rate", "amount", "descriptive")),
        ("direction", ("higher", "lower")),
        ("unit", ("count", "money", "share", "ratio", "days", "hours", "months", "category")),
    ),
)

QUARANTINE_SUMMARY = Table(
    "quarantine_summary",
    _columns(
        "source:key entity:key reason:key files:count rows_in:count rows_set_aside:count first_delivered_on:filled "
        f"last_delivered_on:filled example_line:positive action:filled {_TAIL}"
    ),
    has_rows="exists (select 1 from night.files where verdict = 'refused' or rows_quarantined > 0)",
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (SDR_RANKING, AE_RANKING, AM_RANKING, PORTFOLIO_BRIDGE, METRIC_DICTIONARY, QUARANTINE_SUMMARY)
}


@dataclass(frozen=True)
class Ranking:
    """How a ranking table names its person, and the column by which this release ranks with its denominator."""

    role: str
    table: Table
    person: str
    value: str
    denominator: str


RANKINGS = (
    Ranking("SDR", SDR_RANKING, "sdr_id", "acceptance_rate", "due_leads"),
    Ranking("AE", AE_RANKING, "ae_id", "close_rate", "cohort_deals"),
    Ranking("AM", AM_RANKING, "am_id", "upsell_rate", "kept_accounts"),
)
