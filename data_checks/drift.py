"""What moved since the last release: rows, empty values, categories, and event totals of periods that were closed then.

Limits are in suites/border_in.py. Left out until there are 14 nights of history: delivered rows and open-period totals
against their usual spread, rank churn, and the effect of new code on old data.
"""

from __future__ import annotations

from math import log
from typing import Any

from data_checks.build import Build
from data_checks.entities import CATEGORIES, DOERS, REFERENCES
from data_checks.measures import ALLOWANCE, Measurement, worst
from data_checks.profile import entity_profile

# With k categories and n rows on both sides, chance alone makes an index near (k - 1) * 2/n, with standard deviation
# sqrt(2 (k - 1)) * 2/n. For 12 categories and 500 rows that is 0.044 and 0.019: 0.1 lies three deviations above it.
PSI_LEAST_ROWS = 500

# Somebody who did this much does not vanish from a CRM's past.
DOER_LEAST_ROWS = 50

# The event totals that may not move once a period is closed, and where they are published.
CLOSED_TOTALS = {
    "calls": ("sdr_ranking", "activities"),
    "leads_sent": ("sdr_ranking", "handoffs"),
    "qualified_leads": ("sdr_ranking", "leads"),
    "deals_won": ("ae_ranking", "opportunities"),
    "deals_lost": ("ae_ranking", "opportunities"),
    "won_amount": ("ae_ranking", "opportunities"),
    "opening": ("am_ranking", "invoices"),
    "closing": ("am_ranking", "invoices"),
}
UNEXPLAINED_OTHERS = "unexplained_others"


def entity_drift(build: Build, name: str) -> dict[str, Measurement]:
    """Every measure of one entity against the last release."""
    missing, before = _before(build, name)
    if missing:
        return {measure: Measurement(None, missing=missing) for measure in _entity_measures(name)}
    now = entity_profile(build, name)
    rows = now["rows"]
    change = rows / before["rows"] - 1
    beyond = change if abs(rows - before["rows"]) > ALLOWANCE or not rows else 0.0
    note = f"{before['rows']:,} before, {rows:,} now"
    examined = before["rows"]
    measures = {
        "rows_change": Measurement(change, examined, note),
        "rows_change_beyond": Measurement(beyond, examined, note),
        "null_rise": worst(_null_rises(before, now), "no rows"),
        "blanked": _blanked(before, now),
    }
    if name in CATEGORIES:
        measures["category_psi"] = worst(_indexes(before, now), f"fewer than {PSI_LEAST_ROWS} rows on either side")
    if name in DOERS:
        measures["doers_lost"] = _doers_lost(before, now)
    if name == "opportunities":
        measures["stages_new"] = _stages_new(build)
    return measures | _orphan_rises(name, before, now)


def _entity_measures(name: str) -> list[str]:
    measures = ["rows_change", "rows_change_beyond", "null_rise", "blanked"]
    measures += ["category_psi"] * (name in CATEGORIES) + ["doers_lost"] * (name in DOERS)
    measures += ["stages_new"] * (name == "opportunities")
    return measures + [orphan_rise(reference.column) for reference in REFERENCES if reference.entity == name]


def orphan_rise(column: str) -> str:
    return f"orphan_rise_{column}"


def baseline_measures(build: Build) -> dict[str, Measurement]:
    """Whether there is a release to compare with."""
    missing = not_comparable(build)
    return {"without_baseline": Measurement(float(bool(missing)), 1, note=missing)}


def _before(build: Build, name: str) -> tuple[str, dict[str, Any]]:
    """Why there is nothing to compare an entity with, or its profile in the last release."""
    if build.baseline is None:
        return "no release to compare with", {}
    before = build.baseline.profile.get("entities", {}).get(name)
    if not before or not before["rows"]:
        return f"{build.baseline.release_id} held none of it, so there is nothing to compare with", {}
    return "", before


def _null_rises(before: dict[str, Any], now: dict[str, Any]) -> list[tuple[str, Measurement]]:
    """Per column how far the share of empty values rose, where more than a few rows are behind it."""
    rises = []
    for column, share_now in now["null_share"].items():
        rise = share_now - before["null_share"].get(column, share_now)
        counts = rise > 0 and rise * now["rows"] > ALLOWANCE
        rises.append((column, Measurement(rise if counts else 0.0, now["rows"])))
    return rises


def _blanked(before: dict[str, Any], now: dict[str, Any]) -> Measurement:
    """Columns that held values and hold none any more."""
    blanked = [
        column
        for column, share_now in now["null_share"].items()
        if share_now == 1 and (1 - before["null_share"].get(column, 1)) * before["rows"] > ALLOWANCE
    ]
    return Measurement(float(len(blanked)), before["rows"], note=", ".join(blanked))


def _indexes(before: dict[str, Any], now: dict[str, Any]) -> list[tuple[str, Measurement]]:
    """Per category column the population stability index, where both sides are large enough for it to mean anything."""
    indexes = []
    for column, shares in now["shares"].items():
        sizes = [side["rows"] * (1 - side["null_share"].get(column, 1)) for side in (before, now)]
        if min(sizes) >= PSI_LEAST_ROWS and before["shares"].get(column):
            index = stability_index(before["shares"][column], shares, floor=0.5 / min(sizes))
            indexes.append((column, Measurement(index, round(sizes[1]))))
    return indexes


def stability_index(before: dict[str, float], now: dict[str, float], floor: float) -> float:
    """Σ (now - before) · ln(now / before) over categories; a category absent on one side counts as `floor`."""
    index = 0.0
    for category in before.keys() | now.keys():
        p, q = max(before.get(category, 0.0), floor), max(now.get(category, 0.0), floor)
        index += (q - p) * log(q / p)
    return index


def _doers_lost(before: dict[str, Any], now: dict[str, Any]) -> Measurement:
    known = [doer for doer, rows in before["doers"].items() if rows >= DOER_LEAST_ROWS]
    if not known:
        return Measurement(None, missing=f"nobody had {DOER_LEAST_ROWS} rows")
    lost = sum(1 for doer in known if not now["doers"].get(doer))
    return Measurement(float(lost), len(known), note=f"{lost} of {len(known)} people" if lost else "")


def stages_new() -> str:
    """SQL for the stages of deals, `is_new` where nothing delivered by the last release has them."""
    told = " union ".join(
        f"select '{entity}' as entity, stage, _source, _delivered_on, _file_sha from crm.{entity}"
        for entity in ("opportunities", "opportunity_history")
    )
    return f"""
        select stage, bool_and(files.is_new) as is_new
        from ({told}) as told
        inner join night.files as files
            on told.entity = files.entity and told._source = files.source_name
            and told._delivered_on = files.delivered_on and told._file_sha = files.file_sha
        where files.verdict = 'loaded'
        group by stage
    """


def _stages_new(build: Build) -> Measurement:
    stages, found = build.one(f"select count(*), count(*) filter (where is_new) from ({stages_new()})")
    return Measurement(float(found), stages)


def _orphan_rises(name: str, before: dict[str, Any], now: dict[str, Any]) -> dict[str, Measurement]:
    rises = {}
    for reference in REFERENCES:
        if reference.entity != name:
            continue
        column, missing = reference.column, f"no row filled {reference.column}"
        if column not in before["orphan_share"] or column not in now["orphan_share"]:
            rises[orphan_rise(column)] = Measurement(None, missing=missing)
            continue
        share_now = now["orphan_share"][column]
        counts = share_now * now["rows"] > ALLOWANCE
        rise = share_now - before["orphan_share"][column] if counts else 0.0
        rises[orphan_rise(column)] = Measurement(rise, now["rows"])
    return rises


def closed_measures(build: Build) -> dict[str, Measurement]:
    """Of periods that were closed at the last release: per event total the greatest relative change, and how many
    people's figures of it, and of all other counts and amounts, moved without an explanation.
    """
    measures = [*CLOSED_TOTALS, *map(unexplained, CLOSED_TOTALS), UNEXPLAINED_OTHERS]
    missing = not_comparable(build)
    if missing:
        return {measure: Measurement(None, missing=missing) for measure in measures}
    totals = {total: _moved(build, total) for total in CLOSED_TOTALS}
    return totals | {
        **{unexplained(total): _unexplained(build, totals[total], total) for total in CLOSED_TOTALS},
        UNEXPLAINED_OTHERS: _unexplained_others(build),
    }


def unexplained(total: str) -> str:
    return f"unexplained_{total}"


def moved_sql(condition: str) -> str:
    """SQL for figures of closed periods that moved, by cause, with how many records are behind it."""
    return (
        "select role, metric, period_type, period_start, user_id, cause, value_before, value_after, change_of_cause, "
        f"entity, records, true as is_offending from metrics.fct_closed_period_changes where {condition}"
    )


def unexplained_sql(condition: str) -> str:
    """The same for those of which no delivered record speaks."""
    return moved_sql(f"cause = 'unexplained' and {condition}")


def is_total(total: str) -> str:
    return f"metric = '{total}' and role = '{CLOSED_TOTALS[total][0].partition('_')[0].upper()}'"


# The event totals are judged one by one.
IS_NO_TOTAL = f"not ({' or '.join(f'({is_total(total)})' for total in CLOSED_TOTALS)})"


def _unexplained(build: Build, compared: Measurement, total: str) -> Measurement:
    if compared.missing:
        return Measurement(None, missing=compared.missing)
    (found,) = build.one(f"select count(*) from ({unexplained_sql(is_total(total))})")
    return Measurement(float(found), compared.rows)


def _unexplained_others(build: Build) -> Measurement:
    moved, found = build.one(
        "select count(*), count(*) filter (where cause = 'unexplained') "
        f"from metrics.fct_closed_period_changes where {IS_NO_TOTAL}"
    )
    return Measurement(float(found), moved, missing="" if moved else "no figure of a closed period moved")


def not_comparable(build: Build) -> str:
    """Why figures of the last release cannot be compared with these, empty when they can."""
    if build.baseline is None:
        return "no release to compare with"
    (changed,) = build.one("select max(changed_options) from night.baseline")
    return f"{build.baseline.release_id} was made with another {changed}" if changed else ""


def closed_totals(build: Build, total: str) -> list[dict[str, Any]]:
    """The periods closed at the last release: the total then and now, and the relative change.

    A total that appears where there was none, or vanishes, has changed by 1.
    """
    assert build.baseline is not None
    table = CLOSED_TOTALS[total][0]
    return build.records(
        f"""
        with
            before as (
                select period_type, period_start, period_end, sum("{total}")::decimal(38, 2) as total
                from baseline.main.{table} group by all
            ),
            now as (
                select period_type, period_start, period_end, sum("{total}")::decimal(38, 2) as total
                from main.{table} group by all
            )
        select period_type, period_start, coalesce(before.total, 0) as before, coalesce(now.total, 0) as now,
               case when coalesce(before.total, 0) = coalesce(now.total, 0) then 0
                    when coalesce(before.total, 0) = 0 then 1
                    else (coalesce(now.total, 0) - before.total)::double / abs(before.total)::double end as change
        from before full join now using (period_type, period_start)
        where coalesce(before.period_end, now.period_end) + ?::int <= ?
        order by period_type, period_start
        """,
        build.context["close_lag_days"],
        build.baseline.as_of,
    )


def _moved(build: Build, total: str) -> Measurement:
    assert build.baseline is not None
    table, entity = CLOSED_TOTALS[total]
    (held,) = build.one(
        "select count(*) from information_schema.columns "
        "where table_catalog = 'baseline' and table_name = ? and column_name = ?",
        table,
        total,
    )
    if not held or not build.one(f'select count("{total}") from baseline.main.{table}')[0]:
        return Measurement(None, missing=f"{build.baseline.release_id} does not hold it: {entity} came later")
    periods = closed_totals(build, total)
    parts = [(f"{row['period_type']} {row['period_start']}", Measurement(row["change"], 1)) for row in periods]
    found = worst(parts, "no period was closed then")
    moved = sum(1 for row in periods if row["change"])
    note = f"in {moved} of {len(periods)} periods, most in {found.note}" if moved else ""
    return Measurement(found.value, len(periods), note, found.missing)
