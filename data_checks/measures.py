"""What the gate measures of the inputs: numbers, each with the rows behind it. Limits and severities are said in
suites/border_in.py; comparison with the last release is in drift.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from data_checks.build import Build
from data_checks.entities import EVENT_COLUMNS, MONEY, REFERENCES
from data_checks.profile import entity_profile, orphan_counts
from pipelines.contract import ALWAYS_NEEDED, ENTITIES, ONE_OF_NEEDED, Entity
from pipelines.versions import doubled, newness

# A share is judged only when more rows than this are behind it: one odd row in a table of 50 is no fault of the export.
ALLOWANCE = 5


@dataclass(frozen=True)
class Measurement:
    """A number, how many rows it was made from, and which part of them is worst (`note`).

    `missing` says why there was nothing to measure; then the value is None.
    """

    value: float | None
    rows: int = 0
    note: str = ""
    missing: str = ""


def share(part: int, rows: int, empty: str, allowance: int = ALLOWANCE) -> Measurement:
    """A share that is 0 while no more than `allowance` rows are behind it."""
    if not rows:
        return Measurement(None, missing=empty)
    value = part / rows if part > allowance else 0.0
    return Measurement(value, rows, note=f"{part:,} of {rows:,} rows" if part else "")


def worst(parts: Iterable[tuple[str, Measurement]], empty: str) -> Measurement:
    """The greatest of several measurements in size, with the name of its part; rows are those of all."""
    found = [(name, part) for name, part in parts if part.value is not None]
    if not found:
        return Measurement(None, missing=empty)
    name, part = max(found, key=lambda item: abs(item[1].value or 0))
    note = " ".join(filter(None, (name, part.note))) if part.value else ""
    return Measurement(part.value, sum(item.rows for _, item in found), note=note)


def entity_measures(build: Build, name: str) -> dict[str, Measurement]:
    """Every static measure of one entity."""
    entity = ENTITIES[name]
    rows = entity_profile(build, name)["rows"]
    measures = {
        "landed": _landed(build, name),
        "quarantined": _quarantined(build, name),
        "duplicate_keys": _duplicate_keys(build, entity, rows),
        "required_nulls": _required_nulls(build, entity, rows),
        "deleted": _deleted(build, entity),
        "version_ties": _version_ties(build, entity, rows),
    }
    if any(column.allowed for column in entity.columns):
        measures["values_outside"] = _count(build, name, rows, outside(entity))
    if name in EVENT_COLUMNS:
        measures["dates_outside"] = _dates_outside(build, name)
    if name in MONEY:
        measures["unconverted"] = _unconverted(build, name)
        measures["dominating"] = _dominating(build, name)
        measures["odd_amounts"] = _count(build, name, rows, odd_amounts(name))
    return measures | _orphans(build, name)


def _count(build: Build, name: str, rows: int, condition: str) -> Measurement:
    (found,) = build.one(f"select count(*) from staging.stg_{name} where {condition}")
    return Measurement(float(found), rows)


def outside(entity: Entity) -> str:
    """SQL that is true for a row with a value outside a closed list of the contract."""
    rules = []
    for column in entity.columns:
        if column.allowed:
            listed = ", ".join(f"'{value}'" for value in column.allowed)
            rules.append(f"coalesce({column.name} not in ({listed}), false)")
    return " or ".join(rules)


def _landed(build: Build, name: str) -> Measurement:
    """Rows in the raw layer against the rows that the receipts say were loaded."""
    (found,) = build.one(f"select count(*) from crm.{name}")
    loaded = build.loaded_rows[name]
    return Measurement(float(abs(found - loaded)), loaded, note=f"{found:,} found, {loaded:,} loaded")


def _quarantined(build: Build, name: str) -> Measurement:
    rows_in, quarantined = build.one(
        "select coalesce(sum(rows_in), 0), coalesce(sum(rows_quarantined), 0) from night.files "
        "where verdict = 'loaded' and entity = ?",
        name,
    )
    return share(int(quarantined), int(rows_in), "no rows were delivered", allowance=1)


def _duplicate_keys(build: Build, entity: Entity, rows: int) -> Measurement:
    if entity.name == "activities":
        return Measurement(float(rows - _activity_ids(build)), rows)
    (keys,) = build.one(f"select count(distinct hash({', '.join(entity.key)})) from staging.stg_{entity.name}")
    return Measurement(float(rows - keys), rows)


def _activity_ids(build: Build) -> int:
    """How many activities there are: those worked out tonight, and those of kept months that are not among them.

    An id stands once in the kept months: each was counted here on the night it was worked out, against all others.
    """
    (ids,) = build.one(
        """
        select
            (select count(distinct hash(activity_id)) from staging.stg_activities_tonight)
            + (select count(*) from night.kept_activities anti join staging.stg_activities_tonight using (activity_id))
        """
    )
    return int(ids)


def _required_nulls(build: Build, entity: Entity, rows: int) -> Measurement:
    # Where every column is full, which the profile has counted, no row has an empty one.
    null_share = entity_profile(build, entity.name)["null_share"]
    if not any(null_share.get(column) for column in entity.required_columns):
        return Measurement(0.0, rows)
    return _count(build, entity.name, rows, " or ".join(f"{column} is null" for column in entity.required_columns))


def version_ties(entity: Entity) -> str:
    """SQL for the keys whose newest versions differ and are equally new, so that only a hash decides between them."""
    key = ", ".join(entity.key)
    newest = ", ".join(f"{column} desc nulls last" for column in newness(entity))
    content = f"hash({', '.join(entity.column_names)}, coalesce(is_deleted, false))"
    # Those of activities were found before dbt ran, from the release before and what came since.
    is_known = entity.name == "activities"
    doubles = "night.doubled_activities" if is_known else f"({doubled(entity, f'crm.{entity.name}')})"
    return f"""
        select {key}
        from (
            select *, rank() over (partition by {key} order by {newest}) as place
            from crm.{entity.name}
            where hash({key}) in (select hash({key}) from {doubles})
        )
        where place = 1 group by {key} having count(distinct {content}) > 1
    """


def _version_ties(build: Build, entity: Entity, rows: int) -> Measurement:
    (found,) = build.one(f"select count(*) from ({version_ties(entity)})")
    return Measurement(float(found), rows)


def _orphans(build: Build, name: str) -> dict[str, Measurement]:
    measures = {}
    for reference in REFERENCES:
        if reference.entity != name:
            continue
        if not build.delivered(reference.parent):
            measures[reference.measure] = Measurement(None, missing=f"{reference.parent} were never delivered")
            continue
        referring, orphans = orphan_counts(build, reference)
        measures[reference.measure] = share(orphans, referring, f"no row fills {reference.column}")
    return measures


def dates_outside(name: str) -> str:
    """SQL for the keys of which the newest delivered row has its event after D, or before any CRM. A row that was
    delivered right since, or deleted, holds no night.
    """
    column, entity = EVENT_COLUMNS[name], ENTITIES[name]
    after = "as_of_ends_at" if column.endswith("_at") else "as_of + 1"
    same = " and ".join(f"newer.{key} = told.{key}" for key in entity.key)
    version = "({0}.updated_at, {0}._delivered_on, {0}._version)"
    # A scan for each condition: by one alone most of the rows are passed over unread.
    outside = (f"{column} >= (select {after} from staging.stg_context)", f"{column} < '1990-01-01'")
    told = " union all ".join(
        f"select * from crm.{name} where {condition} and not coalesce(is_deleted, false)" for condition in outside
    )
    return f"""
        select distinct {", ".join(f"told.{key}" for key in entity.key)} from ({told}) as told
        where not exists (
            select 1 from crm.{name} as newer where {same} and {version.format("newer")} > {version.format("told")}
        )
    """


def _dates_outside(build: Build, name: str) -> Measurement:
    """Of all rows that stand, and of those left out for their date, the share of the latter: delivered again and again,
    the others would hide them.
    """
    (found,) = build.one(f"select count(*) from ({dates_outside(name)})")
    return share(found, entity_profile(build, name)["rows"] + found, "no rows were delivered")


def _deleted(build: Build, entity: Entity) -> Measurement:
    """Of the keys that stood before the newest full delivery, the share absent from it and from everything later."""
    (fulls,) = build.one(
        "select count(distinct delivered_on) from night.files where verdict = 'loaded' and is_full and entity = ?",
        entity.name,
    )
    if not fulls:
        return Measurement(None, missing="no full delivery, and absence from a delta implies nothing")
    stood, gone = build.one(f"select count(*), count(*) filter (where is_gone) from ({stood_before_full(entity)})")
    return share(gone, stood, "nothing stood before the only full delivery")


def stood_before_full(entity: Entity) -> str:
    """SQL for the keys that stood before the newest full delivery, `is_gone` where nothing shows them since."""
    key = "concat_ws('|', " + ", ".join(f"cast({column} as varchar)" for column in entity.key) + ")"
    return f"""
        with
            fulls as (
                select source_name, max(delivered_on) as newest, max(delivered_on, 2)[2] as previous
                from (
                    select distinct source_name, delivered_on from night.files
                    where verdict = 'loaded' and is_full and entity = '{entity.name}'
                )
                group by source_name
            ),
            seen as (
                select _source as source_name, {key} as key_text, _delivered_on as delivered_on,
                       coalesce(is_deleted, false) as is_deleted
                from crm.{entity.name}
                union all
                select source_name, key_text, delivered_on, false from night.quarantine where entity = '{entity.name}'
            )
        select source_name, key_text, not bool_or(delivered_on >= newest) as is_gone
        from seen inner join fulls using (source_name)
        group by source_name, key_text
        having
            bool_or(delivered_on < newest and (previous is null or delivered_on >= previous))
            and not bool_or(is_deleted)
    """


def unconverted(name: str) -> tuple[str, str]:
    """SQL conditions on staged rows: an amount that counts, and one that no rate turns into base currency."""
    # A deal is taken at its close, an invoice at any later day.
    day = "coalesce(closed_on, as_of)" if name == "opportunities" else "as_of"
    counts = "amount is not null" + (" and is_won" if name == "opportunities" else "")
    rates = f"select 1 from staging.stg_fx_rates as r where r.currency = o.currency and r.rate_on <= {day}"
    return counts, f"(o.currency is distinct from base_currency and not exists ({rates}))"


def _unconverted(build: Build, name: str) -> Measurement:
    counts, without_rate = unconverted(name)
    rows, found = build.one(
        f"""
        select count(*), count(*) filter (where {without_rate})
        from staging.stg_{name} as o cross join staging.stg_context where {counts}
        """
    )
    return share(found, rows, "no amount counts yet")


# No deal and no invoice is a thousand million; a number that was typed without its point is.
ABSURD_AMOUNT = 1_000_000_000


def odd_amounts(name: str) -> str:
    """SQL that is true for a staged row whose amount has a sign or a size that its kind does not have."""
    odd = {
        "opportunities": "amount < 0 or (is_won and amount = 0)",
        "invoices": "amount = 0 or (amount < 0 and kind <> 'credit') or (amount > 0 and kind = 'credit')",
    }[name]
    return f"({odd} or abs(amount) >= {ABSURD_AMOUNT})"


def dominating(name: str) -> str:
    """SQL for the complete months with at least 50 amounts, the greatest amount's share of each and its key."""
    amounts = {
        "opportunities": "select opportunity_id as id, closed_on as happened_on, amount_base as amount, '' as currency "
        "from intermediate.int_deals where is_won and closed_on is not null and amount_base is not null",
        "invoices": "select invoice_id as id, invoiced_on as happened_on, amount, currency from staging.stg_invoices",
    }[name]
    return f"""
        select date_trunc('month', happened_on)::date as month_start, currency, count(*) as rows,
               (max(abs(amount)) / nullif(sum(abs(amount)), 0))::double as top_share, max_by(id, abs(amount)) as id
        from ({amounts})
        where date_trunc('month', happened_on) + interval 1 month <= (select as_of + 1 from night.context)
        group by all having count(*) >= 50
    """


def _dominating(build: Build, name: str) -> Measurement:
    months = build.records(dominating(name))
    parts = [(f"month {row['month_start']}", Measurement(row["top_share"], row["rows"])) for row in months]
    return worst(parts, "no complete month holds 50 amounts")


def night_measures(build: Build) -> dict[str, Measurement]:
    """What is measured of the night as a whole."""
    return {
        "missing_entities": _missing_entities(build),
        "unbalanced_files": _unbalanced_files(build),
        "refused_last": _refused_last(build),
        **_freshness(build),
    }


def _missing_entities(build: Build) -> Measurement:
    missing = [name for name in ALWAYS_NEEDED if not build.delivered(name)]
    if not any(build.delivered(name) for name in ONE_OF_NEEDED):
        missing.append(" or ".join(ONE_OF_NEEDED))
    return Measurement(float(len(missing)), len(ENTITIES), note=", ".join(missing))


UNBALANCED = "verdict = 'loaded' and rows_in is distinct from rows_loaded + rows_quarantined + rows_duplicate"


def _unbalanced_files(build: Build) -> Measurement:
    files, found = build.one(
        f"select count(*) filter (where verdict = 'loaded'), count(*) filter (where {UNBALANCED}) from night.files"
    )
    return Measurement(float(found), files)


REFUSED_LAST = """
    select source_name, entity, file_name, delivered_on, code from night.files
    qualify verdict = 'refused' and delivered_on = max(delivered_on) over (partition by source_name, entity)
        and not bool_or(verdict = 'loaded') over (partition by source_name, entity, delivered_on)
"""


def _refused_last(build: Build) -> Measurement:
    (files,) = build.one("select count(*) from night.files")
    refused = build.records(REFUSED_LAST)
    return Measurement(float(len(refused)), files, note=", ".join(sorted({row["entity"] for row in refused})))


def _freshness(build: Build) -> dict[str, Measurement]:
    """Hours from the newest change of each source to the end of D; the oldest source decides.

    A source that delivered once and is not the newest is history somebody loaded, not a feed that stopped.
    """
    ages, rows = {}, 0
    for row in _newest_changes(build):
        rows += row["rows"]
        if row["is_feed"]:
            ages[row["source_name"]] = row["newest"]
    zone, end = ZoneInfo(build.context["company_time_zone"]), build.context["as_of_ends_at"]

    def measured(hours: Any) -> Measurement:
        parts = [(f"source {name}", Measurement(hours(newest), 1)) for name, newest in ages.items()]
        found = worst(parts, "no source says when its rows changed")
        return Measurement(found.value, rows, found.note, found.missing)

    return {
        "hours_stale": measured(lambda newest: max(0.0, (end - newest) / timedelta(hours=1))),
        "business_hours_stale": measured(lambda newest: business_hours(newest, end, zone, build.context["holidays"])),
    }


def _newest_changes(build: Build) -> list[dict[str, Any]]:
    """Per source when its rows last changed. People and roles may stay as they are for weeks: a source that tells of
    nothing that happens daily has last changed when it last delivered.
    """
    dated = [name for name, entity in ENTITIES.items() if entity.has_updated_at]
    events = ", ".join(f"'{name}'" for name in EVENT_COLUMNS)
    changes = " union all ".join(
        f"select _source as source_name, max(updated_at) as newest, count(*) as rows from crm.{name} group by _source"
        for name in dated
    )
    return build.records(
        f"""
        with deliveries as (
            select
                source_name,
                count(distinct delivered_on) > 1
                or max(delivered_on) = (select max(delivered_on) from night.files) as is_feed,
                case when not bool_or(entity in ({events})) then max(delivered_on)::timestamp end as told_at
            from night.files
            where verdict = 'loaded'
            group by source_name
        )
        select source_name, greatest(max(newest), max(told_at)) as newest, sum(rows)::bigint as rows,
               bool_or(is_feed) as is_feed
        from ({changes}) inner join deliveries using (source_name)
        where newest is not null group by source_name order by source_name
        """
    )


def business_hours(start: datetime, end: datetime, zone: ZoneInfo, holidays: Collection[date] = ()) -> float:
    """Hours between two UTC instants that fall on Monday to Friday in a time zone, and on no holiday; 0 when end is
    not after start.
    """
    here, stop = (moment.replace(tzinfo=UTC).astimezone(zone) for moment in (start, end))
    hours = 0.0
    while here < stop:
        midnight = datetime.combine(here.date() + timedelta(days=1), datetime.min.time(), zone)
        until = min(midnight, stop)
        if here.weekday() < 5 and here.date() not in holidays:
            hours += (until.astimezone(UTC) - here.astimezone(UTC)) / timedelta(hours=1)
        here = until
    return hours
