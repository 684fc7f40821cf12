"""The months of activities that a night takes over from the release before: nothing delivered since speaks of them.

Activities are most of what a CRM holds, and a night brings few. What is kept is a cache: it is a function of the raw
layer, and a night without it works every month out again to the same rows. What the rows mean is dbt's to say.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import duckdb

from pipelines.contract import ENTITIES
from pipelines.quoting import column_list, file_list, literal
from pipelines.release import provenance
from pipelines.release.files import (
    PRIVATE_DIRECTORY,
    canonical_json,
    make_directory,
    read_json,
    sha256_of,
    write_json,
)
from pipelines.settings import Settings
from pipelines.versions import doubled

STATE, MOVED, DOUBLED, MONTH = "state.json", "moved.parquet", "doubled.parquet", "month_start="
ACTIVITIES = ENTITIES["activities"]
# Columns of stg_activities.
COLUMNS = (*((c.name, c.type.sql) for c in ACTIVITIES.columns), ("occurred_on", "DATE"))
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
    one month, `activities_tonight` the raw rows that the other months are worked out from. For the gate,
    `doubled_activities`: the ids of which two rows are equally new. Wants crm.activities and night.files, quarantine
    and context. `earlier` is what `keep` left for the release that tonight follows.
    """
    (zone,) = db.execute("select company_time_zone from night.context").fetchall()[0]
    state = _usable_state(db, earlier, settings)
    if state:
        kept = state.months.keys() - _touched_months(db, state, zone)
        months = {month: directory for month, directory in state.months.items() if month in kept}
    else:
        months = {}
        db.execute(f"create view night.moved_activities as {_moved(zone)}")
        db.execute(f"create table night.doubled_activities as {doubled(ACTIVITIES, 'crm.activities')}")
    _create_kept(db, months)
    db.execute(f"create view night.activities_tonight as {_rows_tonight(db, months)}")


def keep(db: duckdb.DuckDBPyConnection, directory: Path, as_of: date, settings: Settings) -> None:
    """Write the months of a build to `directory`: those it worked out, and links to those it had taken over.

    Raises duckdb.Error for half a build.
    """
    make_directory(directory, PRIVATE_DIRECTORY)
    month = "cast(date_trunc('month', occurred_on) as date) as month_start"
    rows = f"select * replace ({_FILLED} as outcome), {month} from staging.stg_activities_tonight"
    db.execute(f"copy ({rows}) to {literal(str(directory))} (format parquet, partition_by (month_start), overwrite)")
    for (kept,) in db.execute("select directory from night.kept_months").fetchall():
        place = directory / Path(kept).name
        make_directory(place, PRIVATE_DIRECTORY)
        for file in Path(kept).iterdir():
            _take_over(file, place / file.name)
    for ids, name in (("moved", MOVED), ("doubled", DOUBLED)):
        db.execute(f"copy night.{ids}_activities to {literal(str(directory / name))} (format parquet)")
    state = {"fingerprint": fingerprint(settings), "as_of": as_of, "files": sorted(_files(db))}
    write_json(directory / STATE, state | {"sha256": _sha256_by_name(directory)})


def _sha256_by_name(directory: Path) -> dict[str, str]:
    """The hash of every file kept in `directory`: what was checked on one night counts for these bytes only."""
    files = sorted(directory.rglob("*.parquet"))
    return {str(file.relative_to(directory)): sha256_of(file) for file in files}


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

    directory: Path
    as_of: date
    new_files: tuple[str, ...]
    new_days: tuple[str, ...]

    @cached_property
    def months(self) -> dict[date, Path]:
        """Where each month lies, in their order."""
        found = {date.fromisoformat(path.name.removeprefix(MONTH)): path for path in self.directory.glob(f"{MONTH}*")}
        return dict(sorted(found.items()))


def _usable_state(db: duckdb.DuckDBPyConnection, earlier: Path | None, settings: Settings) -> _State | None:
    """None where there is none, where anything else than deltas came since, or where it cannot be read or is no longer
    what was written: a cache in doubt is no cache.
    """
    if earlier is None:
        return None
    try:
        found = read_json(earlier / STATE)
        if found.get("fingerprint") != fingerprint(settings) or found.get("sha256") != _sha256_by_name(earlier):
            return None
    except (OSError, ValueError):
        return None
    known, tonight = {tuple(file) for file in found["files"]}, _files(db)
    new = tonight - known
    if known - tonight or any(is_full for _, _, _, is_full, _ in new):
        return None
    files, days = {sha for _, _, sha, _, _ in new}, {day for _, day, _, _, _ in new}
    return _State(earlier, date.fromisoformat(found["as_of"]), tuple(sorted(files)), tuple(sorted(days)))


def _touched_months(db: duckdb.DuckDBPyConnection, state: _State, zone: str) -> set[date]:
    """The months that hold a version of what is new, and those whose activities were cut off at the earlier D.

    Makes night.moved_activities and doubled_activities on the way.
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
        select activity_id from read_parquet({literal(str(state.directory / MOVED))})
        union
        select activity_id from versions_told group by activity_id having count(*) > 1
        """
    )
    # Equally new rows are of one day: only one that got new files can hold others than before.
    new_days = ", ".join(f"date {literal(day)}" for day in state.new_days) or "null"
    same_days = f"(select * from crm.activities where _delivered_on in ({new_days}))"
    db.execute(
        f"""
        create table night.doubled_activities as
        select activity_id from read_parquet({literal(str(state.directory / DOUBLED))})
        union
        {doubled(ACTIVITIES, same_days)}
        """
    )
    told = {month for (month,) in db.execute("select distinct month_start from versions_told").fetchall()}
    return told | {month for month in state.months if month >= state.as_of.replace(day=1)}


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


def _create_kept(db: duckdb.DuckDBPyConnection, months: Mapping[date, Path]) -> None:
    db.execute("create table night.kept_months (month_start date, directory varchar)")
    if not months:
        db.execute(f"create table night.kept_activities ({column_list(COLUMNS)})")
        return
    rows = [[month, str(directory)] for month, directory in months.items()]
    db.executemany("insert into night.kept_months values (?, ?)", rows)
    names = ", ".join(name for name, _ in COLUMNS)
    files = file_list(file for directory in months.values() for file in sorted(directory.iterdir()))
    db.execute(f"create view night.kept_activities as select {names} from read_parquet({files})")


def _rows_tonight(db: duckdb.DuckDBPyConnection, months: Iterable[date]) -> str:
    """SQL for every raw row of the ids that have a version outside the kept `months`.

    An id of one month has all its versions there. The borders are drawn a day inside the kept months, since they are
    instants in UTC and months are the company's: rows that come along for it are dropped by their month.
    """
    apart = "(occurred_at < timestamp '{}' or occurred_at >= timestamp '{}')"
    outside = " and ".join(apart.format(*run) for run in _runs(months))
    if not outside:
        return _RAW
    rows = f"{_RAW} where {outside}"
    (moved,) = db.execute("select count(*) from night.moved_activities").fetchall()[0]
    if not moved:
        return rows
    moved_rows = f"not ({outside}) and activity_id in (select activity_id from night.moved_activities)"
    return f"{rows} union all {_RAW} where {moved_rows}"


def _runs(months: Iterable[date]) -> list[tuple[date, date]]:
    """Adjacent months, in order, as one range of days without its first and last day."""
    runs: list[tuple[date, date]] = []
    for month in months:
        begins = runs.pop()[0] if runs and runs[-1][1] == month else month
        runs.append((begins, (month + timedelta(days=31)).replace(day=1)))
    day = timedelta(days=1)
    return [(begins + day, ends - day) for begins, ends in runs]
