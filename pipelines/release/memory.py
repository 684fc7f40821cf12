"""What a release remembers record by record, so that the next night can say why a closed period moved.

Kept under memory/<release_id>/, beside the releases and no part of them: the ids in it are nobody's business. Written
when a release is sealed, read when a night is prepared, gone with its release. What moved and why is dbt's to say.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from pipelines import kept_months
from pipelines.night import Night
from pipelines.quoting import literal
from pipelines.release.files import PRIVATE_DIRECTORY, fsync_tree, make_directory, remove_tree
from pipelines.release.provenance import definitions_sha256
from pipelines.release.releases import DATABASE, find, newest_certified
from pipelines.settings import Settings
from pipelines.warehouse import Before, connect

# Options under which the same events make other figures.
OPTIONS = ("company_time_zone", "base_currency", "fiscal_start_month", "portfolio_value")
# What a release does not publish and the next night asks for.
REMEMBERED = {
    "records_before": "from intermediate.int_counted_records",
    "windows_before": "select windows.*, periods.measured_to from intermediate.int_close_horizons as windows "
    "inner join intermediate.int_periods as periods using (period_type, period_start)",
}
MONTHS = "activities"
# What it does publish.
PUBLISHED = {"figures_before": "metric_ranking", "lines_before": "portfolio_bridge"}


def remember(settings: Settings, warehouse: Path, night: Night) -> Path:
    """Keep what the build of `night` counted; returns the directory. Raises duckdb.Error for half a build."""
    directory = settings.memory / night.release_id
    make_directory(settings.memory, PRIVATE_DIRECTORY)
    if directory.exists():
        remove_tree(directory)
    make_directory(directory, PRIVATE_DIRECTORY)
    with connect(warehouse, read_only=True, memory_limit_mb=settings.config.memory_limit_mb) as db:
        for name, query in REMEMBERED.items():
            db.execute(f"copy ({query}) to {literal(str(directory / f'{name}.parquet'))} (format parquet)")
        kept_months.keep(db, directory / MONTHS, night.as_of, settings)
    fsync_tree(directory)
    return directory


def recall(settings: Settings, as_of: date) -> Before | None:
    """The release that a night for `as_of` is compared with, as the warehouse lays it out; None where there is none."""
    baseline = newest_certified(settings, as_of)
    if baseline is None:
        return None
    release = find(settings, baseline.release_id)
    published = {name: release.directory / "parquet" / f"{table}.parquet" for name, table in PUBLISHED.items()}
    remembered = {name: settings.memory / release.release_id / f"{name}.parquet" for name in REMEMBERED}
    return Before(
        release_id=release.release_id,
        as_of=release.as_of,
        changed_options=_changed_options(settings, release.directory / DATABASE),
        has_same_definitions=release.facts["definitions_sha256"] == definitions_sha256(),
        deliveries=frozenset(
            (d["source"], date.fromisoformat(d["delivered_on"]), d["entity"], d["sha256"])
            for d in release.facts["inputs"]["deliveries"]
        ),
        files={name: file for name, file in {**published, **remembered}.items() if file.is_file()},
        months=settings.memory / release.release_id / MONTHS,
    )


def _changed_options(settings: Settings, database: Path) -> tuple[str, ...]:
    """The options under which a release was made and which are others tonight."""
    with duckdb.connect(str(database), read_only=True) as db:
        then = db.execute(f"select {', '.join(OPTIONS)} from main.release_info").fetchone() or ()
    return tuple(
        name for name, value in zip(OPTIONS, then, strict=True) if str(value) != str(getattr(settings.config, name))
    )
