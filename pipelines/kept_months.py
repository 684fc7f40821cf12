"""The months of activities that a night takes over from the release before: nothing delivered since speaks of them.

Activities are most of what a CRM holds, and a night brings few. What is kept is a cache: it is a function of the raw
layer, and a night without it works every month out again to the same rows. What the rows mean is dbt's to say.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from pipelines.contract import ENTITIES
from pipelines.release import provenance
from pipelines.release.files import PRIVATE_DIRECTORY, canonical_json, make_directory, read_json, write_json
from pipelines.release.quoting import literal
from pipelines.settings import Settings

STATE, MOVED, MONTH = "state.json", "moved.parquet", "month_start="
# Columns of stg_activities.
COLUMNS = (*((c.name, c.type.sql) for c in ENTITIES["activities"].columns), ("occurred_on", "DATE"))
# Of what somebody wrote about an activity only whether it is there is ever asked, so that no more is kept.
_FILLED = "case when outcome is not null then '(filled)' end"
# What people typed into columns that nobody reads stays where it was landed.
_RAW = "select * exclude (_extra) from crm.activities"
_OF_ACTIVITIES = "entity = 'activities' and verdict = 'loaded'"


def fingerprint(settings: Settings) -> str:
    """Over everything but the deliveries that the rows of a month are a function of."""
    parts = [provenance.code_sha256(), provenance.config_sha256(settings), provenance.lock_sha256()]
    return hashlib.sha256(canonical_json(parts).encode()).hexdigest()


def lay(db: duckdb.DuckDBPyConnection, earlier: Path | None, settings: Settings) -> None:
    """Make the relations of the schema `night` by which dbt works out the months that are not kept.

    `kept_months` and where they lie, `kept_activities` their rows, `moved_activities` the ids that were in more than
    one month, `activities_tonight` the raw rows that the other months are worked out from. Wants crm.activities and
    night.files, quarantine and context. `earlier` is what `keep` left for the release that tonight follows.
    """
    (zone,) = db.execute("select company_time_zone from night.context").fetchall()[0]
    state = _usable_state(db, earlier, settings)
    if earlier and state:
        touched = _touched_months(db, earlier, state, zone)
        months = [month for month in _months_in(earlier) if month not in touched]
    else:
        months = []
        db.execute(f"create view night.moved_activities as {_moved(zone)}")
    _create_kept(db, earlier, months)
    db.execute(f"create view night.activities_tonight as {_rows_tonight(db, months)}")


def keep(db: duckdb.DuckDBPyConnection, directory: Path, as_of: date, settings: Settings) -> None:
    """Write the months of a build to `directory`: those it worked out, and links to those it had taken over.

    Raises duckdb.Error for half a build.
    """
    make_directory(directory, PRIVATE_DIRECTORY)
    month = "cast(date_trunc('month', occurred_on) as date) as month_start"
    rows = f"select * replace ({_FILLED} as outcome), {month} from staging.stg_activities_tonight"
    db.execute(f"copy ({rows}) to {literal(str(directory))} (format parquet, partition_by (month_start), overwrite)")
    for name, place in db.execute("select directory_name, directory from night.kept_months").fetchall():
        make_directory(directory / name, PRIVATE_DIRECTORY)
        for file in Path(place).iterdir():
            _take_over(file, directory / name / file.name)
    db.execute(f"copy night.moved_activities to {literal(str(directory / MOVED))} (format parquet)")
    write_json(directory / STATE, {"fingerprint": fingerprint(settings), "as_of": as_of, "files": sorted(_files(db))})


def _take_over(file: Path, place: Path) -> None:
    try:
        os.link(file, place)
    except OSError:  # Not every file system knows links.
        shutil.copyfile(file, place)


def _files(db: duckdb.DuckDBPyConnection) -> set[tuple[str, str, str, bool, int]]:
    """The deliveries of activities, by all that can decide about a row."""
    columns = "source_name, cast(delivered_on as varchar), file_sha, is_full, version"
    return set(db.execute(f"select {columns} from night.files where {_OF_ACTIVITIES}").fetchall())


@dataclass(frozen=True)
class _State:
    """A release's months, by which tonight can go on: the D it was cut off at, and the files that came since."""

    as_of: date
    new_files: tuple[str, ...]


def _usable_state(db: duckdb.DuckDBPyConnection, earlier: Path | None, settings: Settings) -> _State | None:
    """None where there is none, where anything else than deltas came since, or where it cannot be read: a cache in
    doubt is no cache.
    """
    try:
        found = read_json(earlier / STATE) if earlier else None
    except (OSError, ValueError):
        return None
    if found is None or found["fingerprint"] != fingerprint(settings):
        return None
    known, tonight = {tuple(file) for file in found["files"]}, _files(db)
    new = tonight - known
    if known - tonight or any(is_full for _, _, _, is_full, _ in new):
        return None
    return _State(date.fromisoformat(found["as_of"]), tuple(sorted({sha for _, _, sha, _, _ in new})))


def _touched_months(db: duckdb.DuckDBPyConnection, earlier: Path, state: _State, zone: str) -> set[date]:
    """The months that hold a version of what is new, and those whose activities were cut off at the earlier D.

    Makes night.moved_activities on the way.
    """
    new_files = f"({', '.join(map(literal, state.new_files)) or 'null'})"
    db.execute(
        f"""
        create temp table versions_told as
        select distinct activity_id, {_month(zone)} as month_start
        from crm.activities
        where activity_id in (
            select activity_id from crm.activities where _file_sha in {new_files}
            union
            select key_text from night.quarantine where entity = 'activities' and file_sha in {new_files}
        )
        """
    )
    db.execute(
        f"""
        create table night.moved_activities as
        select activity_id from read_parquet({literal(str(earlier / MOVED))})
        union
        select activity_id from versions_told group by activity_id having count(*) > 1
        """
    )
    told = {month for (month,) in db.execute("select distinct month_start from versions_told").fetchall()}
    return told | {month for month in _months_in(earlier) if month >= state.as_of.replace(day=1)}


def _month(zone: str) -> str:
    return f"cast(date_trunc('month', (occurred_at at time zone 'UTC') at time zone {literal(zone)}) as date)"


def _moved(zone: str) -> str:
    """SQL for the ids whose versions lie in more than one month, of all raw rows."""
    return f"""
        with repeated as (select activity_id from crm.activities group by activity_id having count(*) > 1)
        select activity_id
        from crm.activities
        where activity_id in (select activity_id from repeated)
        group by activity_id
        having count(distinct {_month(zone)}) > 1
    """


def _months_in(directory: Path) -> list[date]:
    return sorted(date.fromisoformat(path.name.removeprefix(MONTH)) for path in directory.glob(f"{MONTH}*"))


def _create_kept(db: duckdb.DuckDBPyConnection, earlier: Path | None, months: Sequence[date]) -> None:
    db.execute("create table night.kept_months (month_start date, directory_name varchar, directory varchar)")
    columns = ", ".join(name for name, _ in COLUMNS)
    if not (earlier and months):
        typed = ", ".join(f"{name} {kind}" for name, kind in COLUMNS)
        db.execute(f"create table night.kept_activities ({typed})")
        return
    directories = [earlier / f"{MONTH}{month}" for month in months]
    rows = [[month, place.name, str(place)] for month, place in zip(months, directories, strict=True)]
    db.executemany("insert into night.kept_months values (?, ?, ?)", rows)
    files = ", ".join(literal(str(file)) for place in directories for file in sorted(place.iterdir()))
    db.execute(f"create view night.kept_activities as select {columns} from read_parquet([{files}])")


def _rows_tonight(db: duckdb.DuckDBPyConnection, months: Sequence[date]) -> str:
    """SQL for every raw row of the ids that have a version outside the kept `months`.

    An id of one month has all its versions there. The borders are drawn a day inside the kept months, since they are
    instants in UTC and months are the company's: rows that come along for it are dropped by their month.
    """
    if not months:
        return _RAW
    apart = "(occurred_at < timestamp '{}' or occurred_at >= timestamp '{}')"
    outside = " and ".join(apart.format(*run) for run in _runs(months))
    rows = f"{_RAW} where {outside}"
    (moved,) = db.execute("select count(*) from night.moved_activities").fetchall()[0]
    if not moved:
        return rows
    moved_rows = f"not ({outside}) and activity_id in (select activity_id from night.moved_activities)"
    return f"{rows} union all {_RAW} where {moved_rows}"


def _runs(months: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Adjacent months as one range of days, without its first and last day."""
    run: list[date] = []
    for month in sorted(months):
        if run and month != _next(run[-1]):
            yield run[0] + timedelta(days=1), _next(run[-1]) - timedelta(days=1)
            run = []
        run.append(month)
    if run:
        yield run[0] + timedelta(days=1), _next(run[-1]) - timedelta(days=1)


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
