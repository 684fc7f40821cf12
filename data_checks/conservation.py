"""G4: what was published is what was staged, worked out again. Sums per period, the arithmetic inside a row, the
portfolio bridge and targets. What must add up is said in arithmetic.py; ranks are places.py's work.

The staged side is written anew from staging in sql/, in other words than the models', so that one mistake is not made
twice. Limits are absolute: counts and cents are exact.
"""

from __future__ import annotations

from data_checks.arithmetic import CONSERVED, RATIOS, ROW_RULES, STAGED
from data_checks.check import Queried
from data_checks.from_file import from_file
from data_checks.table import Table
from data_checks.tables import RANKINGS, TABLES, Ranking

_EXACT = "counts and DECIMAL amounts are exact, so any difference is rows lost, doubled or misplaced"
_DERIVED = "it follows from published columns; another value is an error of calculation"


def conservation() -> tuple[Queried, ...]:
    """Every check that a query decides."""
    checks = [_conserved(table, column) for table, columns in CONSERVED.items() for column in columns.split()]
    checks += [_ratio(table, ratio) for table, ratios in RATIOS.items() for ratio in ratios]
    checks += [_row_rule(*rule) for rule in ROW_RULES]
    checks += [_release(table) for table in TABLES.values()]
    return (
        *checks,
        _horizon(),
        _expected_wins(),
        _periods(),
        *_quarantine(),
        *_bridge(),
        *_decisions(),
        *_targets(),
        _changes(),
    )


def _words(expression: str) -> list[str]:
    return expression.replace("(", " ").replace(")", " ").replace(",", " ").split()


def _conserved(table: str, column: str) -> Queried:
    staged = STAGED[table][-1]
    stated = column in ("calls", "touches")
    sql = f"""
        select period_type, period_start, staged.{column} as staged, coalesce(published.total, 0) as published,
               staged.{column} is distinct from coalesce(published.total, 0) as is_offending
        from {staged} as staged
        full join (
            select period_type, period_start, sum({column})::decimal(38, 2) as total from main.{table} group by all
        ) as published using (period_type, period_start)
    """
    return Queried(
        id=f"G4.conserve.{table}.{column}",
        severity="critical",
        code="E-CONSERVE",
        table=table,
        column=column,
        description="the sum over people equals the sum of staged rows, per period, the row (unassigned) included",
        reason=_EXACT,
        needs=TABLES[table].needs(column),
        prepares=STAGED[table],
        note=f"select concat_ws('; ', ({_furthest_off(sql)}), {f'({_outside_role(column)})' if stated else 'null'})",
        sql=sql,
    )


def _furthest_off(sql: str) -> str:
    """By how much of the staged sum the published one is off, in the worst period; no row where in none."""
    return f"""
        select format('{{:+.1f}} % in the {{}} of {{}}', 100 * off, period_type, period_start)
        from (select *, (published - staged) / staged as off from ({sql}) where is_offending and staged <> 0)
        order by abs(off) desc, period_type, period_start limit 1
    """


def _outside_role(column: str) -> str:
    """What activities count for nobody: made on a day when the user was no SDR."""
    kind = " and kind = 'call'" if column == "calls" else ""
    return f"""
        select format('{{:,}} made outside the role are in no row', coalesce(sum(activities), 0)::bigint)
        from (
            select user_id, occurred_on, count(*) as activities
            from staging.stg_activities where is_completed{kind} group by user_id, occurred_on
        ) as made
        where not exists (
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


def _horizon() -> Queried:
    return Queried(
        id="G4.horizon",
        severity="critical",
        code="E-CONSERVE",
        table="ae_ranking",
        column="close_horizon_days",
        description="the close horizon is the one that the wins of the two years before give",
        reason=_EXACT,
        needs=("opportunities",),
        prepares=STAGED["ae_ranking"],
        sql="""
            select distinct period_type, period_start, published.close_horizon_days,
                   published.close_horizon_days is distinct from staged.close_horizon_days as is_offending
            from main.ae_ranking as published left join staged_ae as staged using (period_type, period_start)
        """,
    )


def _expected_wins() -> Queried:
    return Queried(
        id="G4.expected.ae_ranking",
        severity="critical",
        code="E-CONSERVE",
        table="ae_ranking",
        column="close_rate_adjusted",
        description="expected wins add up to the wins of the cohort, and the adjusted rate is the role's over them",
        reason=f"{_DERIVED}; 1e-9 leaves room for the order of operations only",
        needs=("opportunities",),
        sql="""
            select period_type, period_start, ae_id,
                   coalesce(not (abs(sum(expected_wins) over period - sum(cohort_won) over period) <= 1e-9
                       * greatest(1, sum(cohort_won) over period)), true)
                   or coalesce(not (abs(close_rate_adjusted * expected_wins * sum(cohort_deals) over period
                       - cohort_won * sum(cohort_won) over period) <= 1e-9
                       * greatest(1, cohort_won * sum(cohort_won) over period)), false)
                   or (close_rate_adjusted is null) <> (expected_wins = 0) as is_offending
            from main.ae_ranking window period as (partition by period_type, period_start)
        """,
    )


def _periods() -> Queried:
    return from_file(
        "G4.periods",
        "E-PERIODS",
        "int_periods",
        "periods follow one another without gap, end with D and begin no later than the first event",
        "events outside every period would be in no sum, published or staged",
    )


def _quarantine() -> tuple[Queried, ...]:
    nothing = "nothing was set aside"
    return (
        from_file(
            "G4.quarantine",
            "E-CONSERVE",
            "quarantine_summary",
            "rows set aside per source, entity and reason are those of the quarantine and of refused files",
            _EXACT,
            column="rows_set_aside",
            when_empty=nothing,
        ),
        from_file(
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
        from_file("G4.bridge.rows", "E-CONSERVE", bridge, "every row closes to the cent", _EXACT, **invoices),
        from_file(
            "G4.bridge.lines", "E-CONSERVE", bridge, "the line follows from books and values", _DERIVED, **invoices
        ),
        from_file(
            "G4.bridge.books",
            "E-CONSERVE",
            bridge,
            "an account is in one opening and one closing book at most",
            "an account in two books is counted twice",
            **invoices,
        ),
        from_file(
            "G4.bridge.values",
            "E-CONSERVE",
            bridge,
            "values at both ends are those made from the invoices, account by account",
            _EXACT,
            prepares=("staged_values",),
            **invoices,
        ),
        from_file("G4.bridge.ranking", "E-CONSERVE", ranking, "it is the bridge added up per AM", _EXACT, **invoices),
        from_file(
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


def _decisions() -> tuple[Queried, ...]:
    return (
        from_file(
            "G4.reasons.totals",
            "E-CONSERVE",
            "reject_reasons",
            "totals of the pair, the SDR, the AE and everybody are those of the rejections",
            _DERIVED,
            needs=("handoffs",),
        ),
        from_file(
            "G4.criteria.decided",
            "E-CONSERVE",
            "acceptance_criteria",
            "met and unmet are, in each criterion, all that the AE accepted and rejected",
            _EXACT,
            needs=("handoffs", "leads"),
        ),
    )


def _targets() -> tuple[Queried, ...]:
    delivered = from_file(
        "G4.targets.delivered",
        "E-CONSERVE",
        "target_attainment",
        "every target of a month begun stands there as delivered",
        "a target that is not shown is a promise forgotten",
        column="target",
        needs=("targets",),
    )
    return (delivered, *(_target(ranking) for ranking in RANKINGS))


def _target(ranking: Ranking) -> Queried:
    table, person = ranking.table.name, ranking.person
    rounding = "1e-9 * greatest(1, abs(target_prorated))"
    return Queried(
        id=f"G4.target.{table}",
        severity="critical",
        code="E-CONSERVE",
        table=table,
        column="target",
        description="head-line targets and what was reached are, for a month, those of target_attainment",
        reason=f"{_DERIVED}; 1e-9 leaves room for the order of operations only",
        needs=("targets",),
        needs_any=ranking.table.needs_any,
        when_empty="nobody in the role has a head-line target",
        sql=f"""
            select month, asked.user_id as {person}, metric,
                   actual is distinct from coalesce(target_actual, case when is_additive then 0 end)
                   or (asked.is_complete and asked.days_in_role > 0 and {person} is not null
                       and not coalesce(abs(ranking.target - target_prorated) <= {rounding}, false)) as is_offending
            from main.target_attainment as asked
            left join main.{table} as ranking
                on period_type = 'month' and month = period_start and asked.user_id = {person}
            where asked.role = '{ranking.role}' and not_available_reason is null
              and metric = (select max(target_metric) from main.{table})
        """,
    )


def _changes() -> Queried:
    return Queried(
        id="G4.changes",
        severity="critical",
        code="E-CONSERVE",
        table="closed_period_changes",
        column="change_of_cause",
        description="the changes of all causes add up to the whole change, to the figure that is published now",
        reason=f"{_EXACT}; half a cent leaves room for sums of cents in floating point",
        when_empty="no figure of a closed period moved",
        sql="""
            select role, metric, period_type, period_start, user_id,
                   abs(sum(change_of_cause) - (any_value(value_after) - any_value(value_before))) >= 0.005
                   or any_value(value_after) is distinct from coalesce(any_value(figures.value), 0) as is_offending
            from metrics.fct_closed_period_changes as changes
            left join main.metric_ranking as figures using (role, metric, period_type, period_start, user_id)
            group by all
        """,
    )
