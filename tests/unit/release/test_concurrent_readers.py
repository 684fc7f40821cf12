"""A reader that stays while releases change. Many readers during many publishes are row 97 of tests/faults."""

from __future__ import annotations

import duckdb
from release_home import ReleaseHome


def test_a_reader_that_stays_keeps_its_release_and_a_new_one_gets_the_new(released: ReleaseHome) -> None:
    database = released.published / "current" / "podium.duckdb"
    with duckdb.connect(str(database.resolve()), read_only=True) as staying:
        released.publish(day=2)
        asked = "select distinct release_id from sdr_ranking"
        assert staying.execute(asked).fetchall() == [("v000001",)]
        with duckdb.connect(str(database.resolve()), read_only=True) as coming:
            assert coming.execute(asked).fetchall() == [("v000002",)]
