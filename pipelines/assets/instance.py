"""Dagster's own instance under <home>/dagster: history for people, never state of the pipeline.

Losing it loses history only: an unreadable one is set aside, and a night goes on without one if it must.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import dagster as dg

from pipelines.settings import PROJECT_ROOT, Settings

log = logging.getLogger("podium.dagster")


def prepare_home(settings: Settings) -> None:
    """Make <home>/dagster with the defaults of dagster.yaml, keeping one that is there."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    own = settings.dagster_home / "dagster.yaml"
    if not own.exists():
        shutil.copyfile(PROJECT_ROOT / "dagster.yaml", own)
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """This home's instance; a fresh one when it cannot be read, one in memory when it is locked or not writable."""
    for attempt in ("first", "after setting aside"):
        try:
            prepare_home(settings)
            instance = dg.DagsterInstance.get()
            _probe(settings, instance)
            return instance
        # The storages raise whatever SQLAlchemy, sqlite3, alembic or the file system raise; none may stop a night.
        except Exception as error:
            if attempt != "first" or "locked" in str(error) or not _set_aside(settings, error):
                break
    log.warning("Dagster's instance cannot be used; this run is not kept in its history.")
    return dg.DagsterInstance.ephemeral()


def _probe(settings: Settings, instance: dg.DagsterInstance) -> None:
    """Touch each of the SQLite files once, as one who reads and as one who is about to write."""
    instance.get_runs(limit=1)
    instance.get_asset_keys(limit=1)
    instance.all_instigator_state()
    for name in ("runs.db", "index.db", "schedules.db"):
        for path in settings.dagster_home.rglob(name):
            with closing(sqlite3.connect(path)) as db:
                # A file that somebody writes to can be read; only asking to write tells that it is locked.
                db.execute("begin immediate")


def _set_aside(settings: Settings, error: Exception) -> bool:
    aside = settings.home / f"dagster.unreadable-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    try:
        settings.dagster_home.rename(aside)
    except OSError:
        return False
    log.warning("Dagster's history was unreadable (%s) and was moved to %s.", type(error).__name__, aside)
    return True
