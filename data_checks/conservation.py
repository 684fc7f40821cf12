"""G4: what was published is what was staged, worked out again. Sums per period, the arithmetic inside a row, and the
portfolio bridge. Who is ranked where is checked in ranks.py.

The staged side is written anew from staging in sql/, in other words than the models', so that one mistake is not made
twice. Limits are absolute: counts and cents are exact.
"""

from __future__ import annotations

from typing import Any

from data_checks.build import SQL
from data_checks.check import Queried
from data_checks.tables import TABLES, Table

_EXACT = "counts and DECIMAL amounts are exact, so any difference is rows lost, doubled or misplaced"
_DERIVED = "it follows from published columns; another value is an error of calculation"

# Additive figures per table; figures of distinct things per person, such as leads_worked, do not add up by nature.
CONSERVED = {
    "sdr_ranking": "calls touches qualified_leads leads_sent strictly_qualified_sent accepted rejected pending overdue "
    "won handoffs_decided",
    "ae_ranking": "offered accepted rejected undecided deals_won deals_lost deals_without_close_time won_amount "
    "unconverted_deals cohort_deals cohort_won",
    "am_ranking": "opening closing",
}
_STAGED = {
    "sdr_ranking": ("staged_deals", "won_deals", "staged_sdr"),
    "ae_ranking": ("staged_deals", "staged_ae"),
    "am_ranking": ("staged_values", "staged_am"),
}

# Ratio: numerator and denominator, in published columns, and what is subtracted from the quotient.
RATIOS: dict[str, dict[str, tuple[str, str, int]]] = {
    "sdr_ranking": {
        "lead_velocity": ("leads_sent", "months_in_role", 0),
        "qualified_lead_rate": ("strictly_qualified_sent", "leads_sent", 0),
        "qualification_efficiency": ("qualified_leads", "calls", 0),
        "calls_per_qualified_lead": ("calls", "qualified_leads", 0),
        "acceptance_rate": ("accepted", "due_leads", 0),
    },
    "ae_ranking": {
        "close_rate_worked": ("deals_won", "deals_worked", 0),
        "close_rate_decided": ("deals_won", "deals_won + deals_lost", 0),
        "close_rate": ("cohort_won", "cohort_deals", 0),
    },
    "am_ranking": {
        "portfolio_growth": ("closing - opening", "opening", 0),
        "upsell_rate": ("kept_closing", "kept_opening", 1),
        "nrr": ("kept_closing", "kept_opening", 0),
        "grr": ("kept_capped", "kept_opening", 0),
        "logo_retention": ("retained_accounts", "kept_accounts", 0),
    },
}

# What must hold inside every row: id, table, rule, in words. The entities it needs are those of its columns.
ROW_RULES = (
    (
        "leads_sent",
        "sdr_ranking",
        "accepted + rejected + pending + overdue = leads_sent",
        "outcomes add up to leads_sent",
    ),
    ("due_leads", "sdr_ranking", "due_leads = leads_sent - pending", "due_leads are leads_sent without the pending"),
    ("strictly", "sdr_ranking", "strictly_qualified_sent <= leads_sent", "no more strictly qualified leads than sent"),
    ("won_leads", "sdr_ranking", "won <= leads_sent", "no more leads won than sent"),
    (
        "touches",
        "sdr_ranking",
        "greatest(calls, leads_worked) <= touches",
        "calls and leads worked are among the touches",
    ),
    ("offered", "ae_ranking", "accepted + rejected + undecided = offered", "decisions add up to offered"),
    ("worked", "ae_ranking", "deals_won <= deals_worked", "what was won was worked"),
    ("cohort", "ae_ranking", "cohort_won <= cohort_deals", "no more of the cohort won than accepted"),
    (
        "closes",
        "am_ranking",
        "opening + expansion - contraction - churn + new + reactivated + transfer_in - transfer_out + fx = closing",
        "the bridge closes to the cent",
    ),
    ("kept", "am_ranking", "retained_accounts <= kept_accounts", "no more accounts retained than kept"),
    (
        "capped",
        "am_ranking",
        "kept_capped <= least(kept_opening, kept_closing)",
        "the capped value exceeds neither end",
    ),
)


def conservation() -> tuple[Queried, ...]:
    """Every check that a query decides."""
    checks = [_conserved(table, column) for table, columns in CONSERVED.items() for column in columns.split()]
    checks += [_ratio(table, ratio) for table, ratios in RATIOS.items() for ratio in ratios]
    checks += [_row_rule(*rule) for rule in ROW_RULES]
    checks += [_release(table) for table in TABLES.values()]
    return (*checks, *_periods(), *_quarantine(), *_bridge())


def _words(expression: str) -> list[str]:
    return expression.replace("(", " ").replace(")", " ").replace(",", " ").split()


def _conserved(table: str, column: str) -> Queried:
    staged = _STAGED[table][-1]
    stated = column in ("calls", "touches")
    return Queried(
        id=f"G4.conserve.{table}.{column}",
        severity="critical",
        code="E-CONSERVE",
        table=table,
        column=column,
        description="the sum over people equals the sum of staged rows, per period, the row (unassigned) included",
        reason=_EXACT,
        needs=TABLES[table].needs(column),
        prepares=_STAGED[table],
        note=_outside_role(column) if stated else "",
        sql=f"""
            select period_type, period_start, staged.{column} as staged, coalesce(published.total, 0) as published,
                   staged.{column} is distinct from coalesce(published.total, 0) as is_offending
            from {staged} as staged
            full join (
                select period_type, period_start, sum({column})::decimal(38, 2) as total from main.{table} group by all
            ) as published using (period_type, period_start)
        """,
    )


def _outside_role(column: str) -> str:
    """What activities count for nobody: made on a day when the user was no SDR."""
    kind = " and kind = 'call'" if column == "calls" else ""
    return f"""
        select format('{{:,}} made outside the role are in no row', count(*))
        from staging.stg_activities as made
        where is_completed{kind} and not exists (
            select 1 from staging.stg_assignments as held
            where held.user_id = made.user_id and held.role = 'SDR' and held.valid_from <= made.occurred_on
              and (held.valid_to is null or held.valid_to > made.occurred_on))
    """


def _ratio(table: str, ratio: str) -> Queried:
    numerator, denominator, less = RATIOS[table][ratio]
    keys = ", ".join(TABLES[table].keys)
    expected = f"(({numerator})::double / nullif(({denominator})::double, 0) - {less})"
    return Queried(
        id=f"G4.ratio.{table}.{ratio}",
        severity="critical",
        code="E-RATIO",
        table=table,
        column=ratio,
        description=f"equals ({numerator}) / ({denominator}){f' - {less}' if less else ''}, empty where that is",
        reason=f"{_DERIVED}; 1e-9 leaves room for the order of operations only",
        needs=TABLES[table].needs(*_words(f"{numerator} {denominator}")),
        needs_any=TABLES[table].needs_any,
        sql=f"""
            select {keys}, ({ratio} is null) <> ({expected} is null)
                   or coalesce(not (abs({ratio} - {expected}) <= 1e-9), false) as is_offending
            from main.{table}
        """,
    )


def _row_rule(name: str, table: str, rule: str, description: str) -> Queried:
    keys = ", ".join(TABLES[table].keys)
    return Queried(
        id=f"G4.row.{table}.{name}",
        severity="critical",
        code="E-CONSERVE",
        table=table,
        description=description,
        reason=_DERIVED,
        needs=TABLES[table].needs(*_words(rule)),
        needs_any=TABLES[table].needs_any,
        sql=f"select {keys}, coalesce(not ({rule}), true) as is_offending from main.{table}",
    )


def _release(table: Table) -> Queried:
    return Queried(
        id=f"G4.release.{table.name}",
        severity="critical",
        code="E-MIXED-RELEASE",
        table=table.name,
        column="release_id",
        description="every row carries the release and the start of this build",
        reason="a row of another build would make the release a mixture",
        needs_any=table.needs_any,
        sql=f"""
            select {", ".join(table.keys)}, published.release_id is distinct from night.release_id
                   or published.updated_at is distinct from night.built_at as is_offending
            from main.{table.name} as published cross join night.context as night
        """,
    )


def _file(name: str, code: str, table: str, description: str, reason: str, **more: Any) -> Queried:
    """A critical check whose query is data_checks/sql/<last part of its id>.sql, unless `more` says otherwise."""
    sql = (SQL / f"{name.split('.', 1)[1].replace('.', '_')}.sql").read_text("utf-8")
    return Queried(
        id=name,
        code=code,
        table=table,
        description=description,
        reason=reason,
        sql=sql,
        severity=more.pop("severity", "critical"),
        **more,
    )


def _periods() -> tuple[Queried, ...]:
    horizon = Queried(
        id="G4.horizon",
        severity="critical",
        code="E-CONSERVE",
        table="ae_ranking",
        column="close_horizon_days",
        description="the close horizon is the one that the wins of the two years before give",
        reason=_EXACT,
        needs=("opportunities",),
        prepares=_STAGED["ae_ranking"],
        sql="""
            select distinct period_type, period_start, published.close_horizon_days,
                   published.close_horizon_days is distinct from staged.close_horizon_days as is_offending
            from main.ae_ranking as published left join staged_ae as staged using (period_type, period_start)
        """,
    )
    return (
        horizon,
        _file(
            "G4.periods",
            "E-PERIODS",
            "int_periods",
            "periods follow one another without gap, end with D and begin no later than the first event",
            "events outside every period would be in no sum, published or staged",
        ),
    )


def _quarantine() -> tuple[Queried, ...]:
    nothing = "nothing was set aside"
    return (
        _file(
            "G4.quarantine",
            "E-CONSERVE",
            "quarantine_summary",
            "rows set aside per source, entity and reason are those of the quarantine and of refused files",
            _EXACT,
            column="rows_set_aside",
            when_empty=nothing,
        ),
        _file(
            "G2.quarantine_counted",
            "E-CONSERVE",
            "night.quarantine",
            "the quarantine holds the rows that the receipts say were set aside",
            "each row set aside can be found again",
            when_empty=nothing,
        ),
    )


def _bridge() -> tuple[Queried, ...]:
    bridge, ranking, invoices = "portfolio_bridge", "am_ranking", {"needs": ("invoices",)}
    return (
        _file("G4.bridge.rows", "E-CONSERVE", bridge, "every row closes to the cent", _EXACT, **invoices),
        _file("G4.bridge.lines", "E-CONSERVE", bridge, "the line follows from books and values", _DERIVED, **invoices),
        _file(
            "G4.bridge.books",
            "E-CONSERVE",
            bridge,
            "an account is in one opening and one closing book at most",
            "an account in two books is counted twice",
            **invoices,
        ),
        _file(
            "G4.bridge.values",
            "E-CONSERVE",
            bridge,
            "values at both ends are those made from the invoices, account by account",
            _EXACT,
            prepares=("staged_values",),
            **invoices,
        ),
        _file("G4.bridge.ranking", "E-CONSERVE", ranking, "it is the bridge added up per AM", _EXACT, **invoices),
        _file(
            "G4.bridge.carried",
            "W-CONSERVE",
            ranking,
            "a period closes with what the next one opens with",
            "late rows and merges may explain a difference",
            severity="warning",
            when_empty="no period follows another",
            **invoices,
        ),
    )
