"""G4: everybody in a role is there, and ranked as the published figures say. The rank is counted here, where the mart
takes it from a window, so that one mistake is not made twice.
"""

from __future__ import annotations

from data_checks.check import Queried
from data_checks.tables import RANKINGS, Ranking


def ranks() -> tuple[Queried, ...]:
    """Presence and ranks of every ranking table."""
    checks: list[Queried] = []
    for ranking in RANKINGS:
        checks += [_present(ranking), _rank(ranking), _ranked(ranking), _previous_rank(ranking)]
    return tuple(checks)


def _present(ranking: Ranking) -> Queried:
    table, person = ranking.table.name, ranking.person
    return Queried(
        id=f"G4.present.{table}",
        severity="critical",
        code="E-MISSING-PEOPLE",
        table=table,
        column=person,
        description=f"everybody assigned to the role {ranking.role} within a period has a row for it",
        reason="somebody in the role with no events appears with zeros and never vanishes",
        needs_any=ranking.table.needs_any,
        when_empty=f"nobody was assigned to the role {ranking.role}",
        sql=f"""
            select distinct periods.period_type, periods.period_start, assigned.user_id as {person},
                   published.{person} is null as is_offending
            from intermediate.int_periods as periods
            inner join staging.stg_assignments as assigned
                on assigned.role = '{ranking.role}' and assigned.valid_from < periods.measured_to
                and (assigned.valid_to is null
                     or (assigned.valid_to > periods.period_start and assigned.valid_to > assigned.valid_from))
            left join main.{table} as published
                on periods.period_type = published.period_type and periods.period_start = published.period_start
                and assigned.user_id = published.{person}
        """,
    )


def _rank(ranking: Ranking) -> Queried:
    table, value = ranking.table.name, ranking.value
    better = f"round(other.{value}, 12) > round(one.{value}, 12)"
    same = "other.period_type = one.period_type and other.period_start = one.period_start and other.is_ranked"
    return _ranking_check(
        ranking,
        "rank",
        "rank is 1 + the number of people ranked strictly better, and ranked_count their number",
        f"""
            select period_type, period_start, {ranking.person}, rank,
                   rank is distinct from case when is_ranked
                       then 1 + (select count(*) from main.{table} as other where {same} and {better}) end
                   or ranked_count is distinct from (select count(*) from main.{table} as other where {same})
                   or (is_ranked and {value} is null) as is_offending
            from main.{table} as one
        """,
    )


def _ranked(ranking: Ranking) -> Queried:
    table, value = ranking.table.name, ranking.value
    return _ranking_check(
        ranking,
        "is_ranked",
        "everybody is ranked, or not for the first reason that holds",
        f"""
            select period_type, period_start, {ranking.person}, not_ranked_reason,
                   case when days_in_role = 0 then 'no_assignment'
                        when not in_role_at_end then 'not_in_role_at_end'
                        when tenure_days < min_tenure_days then 'below_min_tenure'
                        when {value} is null or {ranking.denominator} < min_n then 'below_min_n' end as expected,
                   not_ranked_reason is distinct from expected
                   or {table}.is_ranked <> (not_ranked_reason is null) or metric <> '{value}' as is_offending
            from main.{table}
            inner join main.metric_dictionary on role = '{ranking.role}' and is_primary
        """,
    )


def _previous_rank(ranking: Ranking) -> Queried:
    table, person = ranking.table.name, ranking.person
    return _ranking_check(
        ranking,
        "previous_rank",
        "previous_rank is the rank of the preceding period of the same type",
        f"""
            select now.period_type, now.period_start, now.{person},
                   now.previous_rank is distinct from before.rank as is_offending
            from main.{table} as now
            left join main.{table} as before
                on now.period_type = before.period_type and now.period_start = before.period_end
                and now.{person} = before.{person}
        """,
    )


def _ranking_check(ranking: Ranking, column: str, description: str, sql: str) -> Queried:
    return Queried(
        id=f"G4.{column}.{ranking.table.name}",
        severity="critical",
        code="E-RANK",
        table=ranking.table.name,
        column=column,
        description=description,
        reason="it follows from published columns; equal to 12 decimals is equal",
        needs=ranking.table.needs(ranking.denominator),
        needs_any=ranking.table.needs_any,
        sql=sql,
    )
