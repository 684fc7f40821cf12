"""G4: ranks, scores and the long form, worked out again from what was published.

Who must have a row, who is ranked and why not, whose place follows from whose value. How surely somebody stands where
they stand is estimated in dbt and tested there; here it is held against its own limits.
"""

from __future__ import annotations

from data_checks.check import Queried
from data_checks.tables import METRIC_RANKING, RANKINGS, Ranking

_DERIVED = "it follows from published columns; another value is an error of calculation"
_GROUP = "role, period_type, period_start, metric"


def places() -> tuple[Queried, ...]:
    """Every check of ranks and of the long form."""
    checks = []
    for ranking in RANKINGS:
        checks += [_present(ranking), _rank(ranking), _ranked(ranking), _previous_rank(ranking), _score(ranking)]
        checks += [_within(ranking.table.name, ", ".join(ranking.table.keys), "score"), _long(ranking)]
    return (*checks, _metric_rank(), _within(METRIC_RANKING.name, f"{_GROUP}, user_id", "shrunk"), _metric_previous())


def _check(name: str, table: str, column: str, description: str, sql: str, code: str = "E-RANK") -> Queried:
    return Queried(
        id=f"G4.{name}.{table}",
        severity="critical",
        code=code,
        table=table,
        column=column,
        description=description,
        reason=f"{_DERIVED}; equal to 12 decimals is equal",
        needs_any=_NEEDS_ANY[table],
        sql=sql,
    )


_NEEDS_ANY = {table.name: table.needs_any for table in (METRIC_RANKING, *(ranking.table for ranking in RANKINGS))}


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
    table = ranking.table.name
    same = "other.period_type = one.period_type and other.period_start = one.period_start and other.is_ranked"
    return _check(
        "rank",
        table,
        "rank",
        "rank is 1 + the number of people with a strictly better score, and ranked_count their number",
        f"""
            select period_type, period_start, {ranking.person}, rank,
                   rank is distinct from case when is_ranked then 1 + (
                       select count(*) from main.{table} as other
                       where {same} and round(other.score, 12) > round(one.score, 12)) end
                   or ranked_count is distinct from (select count(*) from main.{table} as other where {same})
                   or is_ranked <> (score is not null) as is_offending
            from main.{table} as one
        """,
    )


def _ranked(ranking: Ranking) -> Queried:
    table = ranking.table.name
    return _check(
        "is_ranked",
        table,
        "is_ranked",
        "everybody is ranked, or not for the first reason that holds",
        f"""
            select period_type, period_start, {ranking.person}, not_ranked_reason,
                   case when days_in_role = 0 then 'no_assignment'
                        when not in_role_at_end then 'not_in_role_at_end'
                        when tenure_days < min_tenure_days then 'below_min_tenure'
                        when coalesce({ranking.denominator}, 0) < min_n then 'below_min_n' end as expected,
                   not_ranked_reason is distinct from expected
                   or {table}.is_ranked <> (not_ranked_reason is null) or metric <> '{ranking.value}' as is_offending
            from main.{table}
            inner join main.metric_dictionary on role = '{ranking.role}' and is_primary
        """,
    )


def _previous_rank(ranking: Ranking) -> Queried:
    table, person = ranking.table.name, ranking.person
    return _check(
        "previous_rank",
        table,
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


def _score(ranking: Ranking) -> Queried:
    table, person = ranking.table.name, ranking.person
    return _check(
        "score",
        table,
        "score",
        "the score is the sum of weight times z over the person's metrics",
        f"""
            select period_type, period_start, {person},
                   (score is null) <> (counted.total is null)
                   or coalesce(not (abs(score - counted.total) <= 1e-9), false) as is_offending
            from main.{table}
            left join (
                select period_type, period_start, user_id as {person}, sum(weight * z) as total
                from main.metric_ranking where role = '{ranking.role}' group by all
            ) as counted using (period_type, period_start, {person})
        """,
    )


def _within(table: str, keys: str, value: str) -> Queried:
    low, high = ("low", "high") if value == "shrunk" else (f"{value}_low", f"{value}_high")
    return _check(
        "place",
        table,
        "rank_low",
        "intervals hold what they are about, places are 1 to ranked_count, and only who is ranked has one",
        f"""
            select {keys},
                   coalesce(not (round({low} - {value}, 12) <= 0 and round({value} - {high}, 12) <= 0), false)
                   or case when is_ranked
                      then not coalesce(1 <= rank_low and rank_low <= rank_high and rank_high <= ranked_count
                                        and expected_rank between 1 and ranked_count, false)
                      else coalesce(rank, rank_low, rank_high, expected_rank) is not null end as is_offending
            from main.{table}
        """,
    )


def _long(ranking: Ranking) -> Queried:
    """Every figure of a ranking table, and what it was drawn to, is the one of the long form."""
    table, keys = ranking.table.name, f"period_type, period_start, {ranking.person}"
    estimates = "".join(
        f"""
            union all
            select {keys}, metric || '_{part}', {part} from long where kind <> 'descriptive'"""
        for part in ("shrunk", "low", "high")
    )
    return _check(
        "long",
        table,
        ranking.person,
        "every metric of the role, drawn to the mean or not, is the same in metric_ranking",
        f"""
            with wide as (
                from (select {keys}, try_cast(columns(* exclude ({keys}))::varchar as double) from main.{table})
                unpivot include nulls (amount for figure in (columns(* exclude ({keys}))))
            ), long as (
                select *, user_id as {ranking.person} from main.metric_ranking where role = '{ranking.role}'
            ), figures as (
                select {keys}, metric as figure, value as amount from long {estimates}
            ), asked as (
                select wide.* from wide
                inner join main.metric_dictionary on role = '{ranking.role}' and unit <> 'category' and figure = metric
                union all
                select wide.* from wide
                inner join main.metric_dictionary on role = '{ranking.role}' and kind <> 'descriptive'
                    and figure in (metric || '_shrunk', metric || '_low', metric || '_high')
            )
            select {keys}, figure,
                   asked.figure is null or figures.figure is null
                   or asked.amount is distinct from figures.amount as is_offending
            from asked full join figures using ({keys}, figure)
        """,
        "E-CONSERVE",
    )


def _metric_rank() -> Queried:
    return _check(
        "rank",
        METRIC_RANKING.name,
        "rank",
        "rank is 1 + the number of people with a strictly better shrunk value in the metric's direction",
        f"""
            with ranked as (
                select {_GROUP}, user_id, cast(rank() over (
                    partition by {_GROUP}
                    order by round(case when direction = 'lower' then -shrunk else shrunk end, 12) desc) as bigint
                ) as place, count(*) over (partition by {_GROUP}) as people
                from main.metric_ranking where is_ranked
            )
            select {_GROUP}, user_id,
                   rank is distinct from place or (is_ranked and (shrunk is null or ranked_count <> people))
                   or (is_ranked and not_ranked_reason is not null)
                   or (not is_ranked and kind <> 'descriptive' and not_ranked_reason is null) as is_offending
            from main.metric_ranking left join ranked using ({_GROUP}, user_id)
        """,
    )


def _metric_previous() -> Queried:
    return _check(
        "previous_rank",
        METRIC_RANKING.name,
        "previous_rank",
        "previous_rank is the rank of the preceding period of the same type",
        """
            select now.role, now.period_type, now.period_start, now.user_id, now.metric,
                   now.previous_rank is distinct from before.rank as is_offending
            from main.metric_ranking as now
            left join main.metric_ranking as before
                on now.role = before.role and now.period_type = before.period_type
                and now.period_start = before.period_end and now.user_id = before.user_id
                and now.metric = before.metric
        """,
    )
