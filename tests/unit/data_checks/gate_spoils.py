"""How to spoil a good build so that a given check stops it. Found by the kind of check, its measure, or its id: a new
kind, measure or query without an entry here makes `spoil` raise, and with it the suite of refusals.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from data_checks.build import Build
from data_checks.check import Check, Judged, Measured, Queried
from data_checks.drift import CLOSED_TOTALS
from data_checks.entities import CATEGORIES, EVENT_COLUMNS
from data_checks.tables import TABLES
from pipelines.contract import ENTITIES

# More rows than the allowance for small tables.
MANY = 20


def spoil(build: Build, check: Check) -> None:
    """Change the build, or what it is compared with, so that `check` must stop it. Raises KeyError for a new check."""
    if isinstance(check, Judged):
        _KINDS[check.kind](build, check)
    elif isinstance(check, Measured):
        _MEASURES[_family(check)](build, check)
    elif isinstance(check, Queried):
        for statement in _statements(check).split(";"):
            build.db.execute(statement)


# Published rows


def _set(build: Build, check: Judged, value: str) -> None:
    build.db.execute(f'update main.{check.table} set "{check.column}" = {value} where rowid = 0')


def _out_of_range(build: Build, check: Judged) -> None:
    """A negative count, and in a DOUBLE the NaN or infinity that other tools let through."""
    kind = next(column.kind for column in TABLES[check.table].columns if column.name == check.column)
    if kind == "count":
        return _set(build, check, "-1")
    # A DECIMAL or BIGINT is always finite: only one that turned into DOUBLE on the way can hold these.
    build.db.execute(f'alter table main.{check.table} alter "{check.column}" type double')
    return _set(build, check, "'inf'::double" if kind == "positive" else "'nan'::double")


_KINDS: dict[str, Callable[[Build, Judged], object]] = {
    "ExpectTableColumnsToMatchOrderedList": lambda build, check: build.db.execute(
        f"alter table main.{check.table} add column surprise integer"
    ),
    "ExpectTableRowCountToBeBetween": lambda build, check: build.db.execute(f"delete from main.{check.table}"),
    "ExpectCompoundColumnsToBeUnique": lambda build, check: build.db.execute(
        f"insert into main.{check.table} select * from main.{check.table} limit 1"
    ),
    "ExpectColumnValuesToNotBeNull": lambda build, check: _set(build, check, "null"),
    "ExpectColumnValuesToBeBetween": _out_of_range,
    "ExpectColumnValuesToBeInSet": lambda build, check: _set(build, check, "'surprise'"),
}


# Measured numbers


def _family(check: Measured) -> str:
    if check.subject == "closed":
        return "closed"
    for family in ("orphans", "orphan_rise"):
        if check.measure.startswith(f"{family}_"):
            return family
    return check.measure


def _more(build: Build, relation: str, change: str, times: int = MANY) -> None:
    """Add copies of the first row of a relation, with columns replaced."""
    build.db.execute(
        f"insert into {relation} select one.* replace ({change}) "
        f"from (select * from {relation} limit 1) as one cross join range({times}) as again"
    )


def _staged(check: Measured) -> str:
    return f"staging.stg_{check.subject}"


def _before(build: Build, check: Measured, **changed: Any) -> None:
    """Change what the last release held of an entity."""
    assert build.baseline is not None
    build.baseline.profile["entities"][check.subject].update(changed)


def _duplicate(build: Build, check: Measured) -> None:
    build.db.execute(f"insert into {_staged(check)} select * from {_staged(check)} limit 1")


def _empty_required(build: Build, check: Measured) -> None:
    column = ENTITIES[check.subject].required_columns[-1]
    build.db.execute(f"update {_staged(check)} set {column} = null where rowid = 0")


def _open_list(build: Build, check: Measured) -> None:
    column = next(column.name for column in ENTITIES[check.subject].columns if column.allowed)
    build.db.execute(f"update {_staged(check)} set {column} = 'surprise' where rowid = 0")


def _dates(build: Build, check: Measured) -> None:
    column, (key,) = EVENT_COLUMNS[check.subject], ENTITIES[check.subject].key
    _more(build, f"crm.{check.subject}", f"'late ' || again.range as {key}, {column} + interval 90 day as {column}")


def _delete(build: Build, check: Measured) -> None:
    """Many keys of the earlier full delivery that the newest one does not hold."""
    entity = ENTITIES[check.subject]
    key = next(column for column in entity.columns if column.name in entity.key and column.type.sql == "VARCHAR")
    _more(build, f"crm.{check.subject}", f"'gone ' || again.range as {key.name}")


def _strange_currency(build: Build, check: Measured) -> None:
    _more(build, _staged(check), "'XXX' as currency")


def _dominate(build: Build, check: Measured) -> None:
    relation = "intermediate.int_deals" if check.subject == "opportunities" else _staged(check)
    amount = "amount_base" if check.subject == "opportunities" else "amount"
    _more(build, relation, f"1 as {amount}", times=60)


def _orphans(build: Build, check: Measured) -> None:
    _more(build, _staged(check), f"'stranger' as {check.column}")


def _orphan_rise(build: Build, check: Measured) -> None:
    _before(build, check, orphan_share={check.column: 0.0})
    _orphans(build, check)


def _version_ties(build: Build, check: Measured) -> None:
    """The first row again, as new as it is, with another content."""
    entity = ENTITIES[check.subject]
    other = next(column for column in reversed(entity.columns) if column.name not in (*entity.key, "updated_at"))
    value = "'other'" if other.type.sql == "VARCHAR" else "null"
    _set_first(build, check, other.name)
    _more(build, f"crm.{check.subject}", f"{value} as {other.name}", times=1)


def _set_first(build: Build, check: Measured, column: str) -> None:
    """Fill a column of the newest copy of the first row, so that an empty one differs from it."""
    value = {"VARCHAR": "'one'", "BOOLEAN": "true", "DATE": "'2026-01-01'", "TIMESTAMP": "'2026-01-01'"}
    kind = next(c.type.sql for c in ENTITIES[check.subject].columns if c.name == column)
    build.db.execute(f"delete from crm.{check.subject} where _delivered_on < '2026-02-10'")
    build.db.execute(f"update crm.{check.subject} set {column} = {value.get(kind, '1')}")


def _nulls(build: Build, check: Measured) -> None:
    _more(build, _staged(check), f"null as {ENTITIES[check.subject].column_names[-1]}")
    _before(build, check, null_share=dict.fromkeys(ENTITIES[check.subject].column_names, 0.0))


def _blank(build: Build, check: Measured) -> None:
    column = ENTITIES[check.subject].column_names[-1]
    build.db.execute(f"update {_staged(check)} set {column} = null")
    _before(build, check, rows=100, null_share={column: 0.0})


def _categories(build: Build, check: Measured) -> None:
    column = CATEGORIES[check.subject][0]
    _more(build, _staged(check), f"'other' as {column}", times=600)
    _before(build, check, rows=600, null_share={column: 0.0}, shares={column: {"before": 1.0}})


def _role_of(total: str) -> str:
    return CLOSED_TOTALS[total][0].partition("_")[0].upper()


def _move_closed(build: Build, check: Measured) -> None:
    if check.table == "closed_period_changes":
        total = f"metric = '{check.column}', role = '{_role_of(check.column)}'" if check.column else "metric = 'grr'"
        _more(build, "metrics.fct_closed_period_changes", "'unexplained' as cause", times=1)
        build.db.execute(f"update metrics.fct_closed_period_changes set {total} where cause = 'unexplained'")
        return
    build.db.execute(f"update main.{check.table} set {check.measure} = {check.measure} + 50 where rowid = 0")


_MEASURES: dict[str, Callable[[Build, Measured], object]] = {
    "missing_entities": lambda build, check: build.context.update(has_users=False),
    "unbalanced_files": lambda build, check: build.db.execute(
        "update night.files set rows_in = 99 where entity = 'leads'"
    ),
    "refused_last": lambda build, check: build.db.execute(
        "update night.files set verdict = 'refused' where entity = 'leads' and delivered_on = '2026-02-10'"
    ),
    "without_baseline": lambda build, check: build.db.execute(
        "update night.baseline set changed_options = 'base_currency'"
    ),
    "hours_stale": lambda build, check: _grow_old(build),
    "business_hours_stale": lambda build, check: _grow_old(build),
    "landed": lambda build, check: build.db.execute(f"delete from crm.{check.subject} where rowid = 0"),
    "quarantined": lambda build, check: build.db.execute(
        f"update night.files set rows_quarantined = 2 where entity = '{check.subject}'"
    ),
    "duplicate_keys": _duplicate,
    "required_nulls": _empty_required,
    "values_outside": _open_list,
    "dates_outside": _dates,
    "deleted": _delete,
    "unconverted": _strange_currency,
    "dominating": _dominate,
    "orphans": _orphans,
    "rows_change": lambda build, check: _before(build, check, rows=1000),
    "rows_change_beyond": lambda build, check: _before(build, check, rows=1000),
    "null_rise": _nulls,
    "blanked": _blank,
    "category_psi": _categories,
    "doers_lost": lambda build, check: _before(build, check, doers={"gone": 60}),
    "orphan_rise": _orphan_rise,
    "version_ties": _version_ties,
    "odd_amounts": lambda build, check: build.db.execute(f"update {_staged(check)} set amount = 1e12 where rowid = 0"),
    "stages_new": lambda build, check: build.db.execute(
        "update crm.opportunities set stage = 'brand new' where _delivered_on = '2026-02-10'"
    ),
    "closed": _move_closed,
}


def _grow_old(build: Build) -> None:
    for entity in ENTITIES.values():
        if entity.has_updated_at:
            build.db.execute(f"update crm.{entity.name} set updated_at = '2026-02-05 09:00:00'")


# Queries

_ROW = "where rowid = 0"
_RULES = {
    "leads_sent": "leads_sent = leads_sent + 1",
    "due_leads": "due_leads = due_leads + 1",
    "strictly": "strictly_qualified_sent = 9",
    "won_leads": "won = 9",
    "touches": "calls = 9",
    "offered": "offered = offered + 1",
    "worked": "deals_won = 9",
    "cohort": "cohort_won = 9",
    "chain": "chain_won = 9",
    "offers": "offers_won = 9",
    "mix": "mix_identified = true",
    "quality": "quality_accounts_active = 9",
    "reasons": "rejected_with_reason = 9",
    "closes": "closing = closing + 0.01",
    "kept": "retained_accounts = 9",
    "capped": "kept_capped = 999",
    "effects": "upsell_rate = 0.5, retention_effect = 0.0, tilt_effect = 0.1, upsell_effect = 0.5",
    "purchases": "upsell_effect = 0.5, frequency_effect = 0.2, ticket_effect = 0.2",
    "top": "top_accounts = 9",
    "lifetimes": "lifetime_accounts = 9",
    "sent": "accepted = 9",
    "due": "due = 0",
    "accepted_residual": "accepted_residual = 1",
    "won_residual": "won_residual = 1",
    "lost_residual": "pair_kind = 'ae_am', accounts_lost = 1, accounts_shrunk = 1, accounts_handed_over = 1",
    "mapped": "is_mapped = not is_mapped",
    "criteria": "accepted_met = 9",
    "difference": "difference = 0.5",
    "prorated": "target_prorated = 6",
    "unavailable": "not_available_reason = 'entity_missing'",
    "coached": "coachees = 9",
    "naive": "naive_change = 0.5",
    "compared": "peers = 0",
    "drawn": "effect_shrunk = 0.3, effect_low = 0.2, effect_high = 0.4",
    "interval": "tier = 'not_separable'",
    "caveat": "caveat = 'proven'",
    "strong": "quarters_above = 2",
    "spoken": "low = 2.0",
    "basis": "reject_reason = 'no budget'",
    "gap": "gap = gap + 0.1",
}
_FAMILIES: dict[str, str] = {
    "G3.stale": "update {table} set updated_at = updated_at - interval 7 day where _delivered_on = '2026-02-10'",
    "G4.conserve": "update main.{table} set {column} = {column} + 1 " + _ROW,
    "G4.ratio": "update main.{table} set {column} = coalesce({column}, 0) + 0.001 " + _ROW,
    "G4.present": "delete from main.{table} " + _ROW,
    "G4.rank": "update main.{table} set rank = 2 " + _ROW,
    "G4.is_ranked": "update main.{table} set is_ranked = not is_ranked " + _ROW,
    "G4.previous_rank": "update main.{table} set previous_rank = 7 " + _ROW,
    "G4.score": "update main.{table} set score = coalesce(score, 0) + 1 " + _ROW,
    "G4.place": "update main.{table} set rank_high = 9 where is_ranked",
    "G4.long": "update main.metric_ranking set value = coalesce(value, 0) + 1",
    "G4.target": "update main.{table} set target_actual = 77, target = 77",
    "G4.contact": "update main.{table} set {column} = 'call +49 171 9988776 or a.b@example.org' " + _ROW,
    "G4.release": "update main.{table} set release_id = 'v000001' " + _ROW,
}
# Leads were in every full set but that of D; the deadline is over before D begins.
_INCOMPLETE = (
    "delete from night.files where entity = 'leads' and delivered_on = '2026-02-10';"
    "update night.context set set_deadline_hours = -1"
)
_QUERIES = {
    "G2.set": _INCOMPLETE,
    "G2.set.warn": _INCOMPLETE,
    "G4.expected.ae_ranking": f"update main.ae_ranking set expected_wins = expected_wins + 0.1 {_ROW}",
    "G4.horizon": f"update main.ae_ranking set close_horizon_days = 31 {_ROW}",
    "G4.changes": "update metrics.fct_closed_period_changes set change_of_cause = 2",
    "G4.periods": f"delete from intermediate.int_periods {_ROW}",
    "G4.quarantine": f"update main.quarantine_summary set rows_set_aside = 2 {_ROW}",
    "G2.quarantine_counted": "delete from night.quarantine",
    "G4.bridge.rows": f"update main.portfolio_bridge set line_amount = line_amount + 0.01 {_ROW}",
    "G4.bridge.lines": "update main.portfolio_bridge set line = 'contraction' where line = 'expansion'",
    "G4.bridge.books": "insert into main.portfolio_bridge "
    f"select * replace ('m2' as am_id) from main.portfolio_bridge {_ROW}",
    "G4.bridge.values": "update main.portfolio_bridge set r1 = r1 + 1 where line = 'expansion'",
    "G4.bridge.ranking": "update main.am_ranking set expansion = expansion + 0.01 where am_id = 'm1'",
    "G4.bridge.carried": "update main.am_ranking set opening = opening + 1 where am_id = 'm1'",
    # The build hands no account over.
    "G4.conserve.handoff_pairs.accounts_handed_over": f"update main.handoff_pairs set accounts_handed_over = 1 {_ROW}",
    "G4.conserve.handoff_pairs.accounts_lost": f"update main.handoff_pairs set accounts_lost = 1 {_ROW}",
    "G4.reasons.totals": "update main.reject_reasons set sdr_rejections = 9",
    # What both leave out is in no sum that could differ.
    "G4.criteria.decided": "delete from main.acceptance_criteria where criterion = 'need'",
    "G4.coaching.sessions": f"update main.coaching_effect set sessions = sessions + 1 {_ROW}",
    "G4.contact.one_on_one_brief": "update main.one_on_one_brief set text = 'call +49 171 9988776' " + _ROW,
    "G4.brief.people": "delete from main.one_on_one_brief where user_id = 's1' and position = 1",
    "G4.coaches": "update staging.stg_users set left_on = '2026-02-10' where user_id = 'a1'",
    "G4.targets.delivered": "update main.target_attainment set target = 6",
}


def _statements(check: Queried) -> str:
    if check.id in _QUERIES:
        return _QUERIES[check.id]
    family = ".".join(check.id.split(".")[:2])
    if family == "G4.row":
        return f"update main.{check.table} set {_RULES[check.id.rpartition('.')[2]]} {_ROW}"
    return _FAMILIES[family].format(table=check.table, column=check.column)
