"""Checks whose query is a file of sql/, found by their id."""

from __future__ import annotations

from typing import Any

from data_checks.build import SQL
from data_checks.check import Queried


def from_file(name: str, code: str, table: str, description: str, reason: str, **more: Any) -> Queried:
    """A critical check whose query is data_checks/sql/<last part of its id>.sql, unless `more` says otherwise."""
    sql = (SQL / f"{name.split('.', 1)[1].replace('.', '_')}.sql").read_text("utf-8")
    return Queried(
        id=name,
        code=code,
        table=table,
        description=description,
        reason=reason,
        sql=sql,
        severity=more.pop("severity", "critical"),
        **more,
    )
