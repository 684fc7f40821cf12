"""What looks like a way to reach somebody is found in a text of any type and column; figures and dates are none."""

from __future__ import annotations

import duckdb
import pytest

from data_checks.exposure import exposure

(CHECK,) = (check for check in exposure() if check.table == "target_attainment")


def offending(cell: str) -> tuple[int, int]:
    """Rows and offending rows of a table with one plain row and one that holds `cell`."""
    with duckdb.connect(":memory:") as db:
        db.execute(
            "create table target_attainment as select 'u1' as user_id, date '2026-03-01' as month, 'won' as metric, "
            f"1e300::double as x, 12345678901::bigint as n, now() as at, {cell} as cell "
            "union all by name select 'u2' as user_id"
        )
        counted = f"select count(*), count(*) filter (where is_offending) from ({CHECK.sql})"
        return db.execute(counted).fetchall()[0]


@pytest.mark.parametrize(
    "cell",
    [
        "'a.b@example.org'",
        "'call +49 171 9988776'",
        "['plain', 'a.b@example.org']",
        "{'phone': '+49 171 9988776'}",
        "'+491719988776'::enum('+491719988776')",
    ],
)
def test_a_contact_is_found_in_a_text_of_any_type(cell: str) -> None:
    assert offending(cell) == (2, 1)


@pytest.mark.parametrize("cell", ["'a @ b'", "'+1 %'", "1e+100::double", "null::varchar"])
def test_what_has_no_such_form_is_none(cell: str) -> None:
    assert offending(cell) == (2, 0)
